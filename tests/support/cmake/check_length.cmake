# A header is the lesson itself and is read in one sitting: 300 lines at most.
#
#   cmake -D INCLUDE=<folder> -P check_length.cmake

cmake_minimum_required(VERSION 3.23)

set(limit 300)

file(GLOB_RECURSE headers RELATIVE ${INCLUDE} ${INCLUDE}/*.hpp)
set(problems "")
foreach(header IN LISTS headers)
  file(READ ${INCLUDE}/${header} text)
  string(REGEX REPLACE "[^\n]+" "" newlines "${text}")
  string(LENGTH "${newlines}" lines)
  if(lines GREATER limit)
    string(APPEND problems "\n  ${header}: ${lines} lines")
  endif()
endforeach()

if(problems)
  message(FATAL_ERROR "Longer than ${limit} lines:${problems}")
endif()
list(LENGTH headers count)
message("${count} headers, none longer than ${limit} lines")
