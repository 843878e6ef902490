# What a header must not bring along, by whatever way: students wait for every second of it.
#
#   cmake -D INCLUDE=<folder> -D COMPILER=<compiler.cmake> -P check_includes.cmake

cmake_minimum_required(VERSION 3.23)

include(${COMPILER})

set(problems "")

# forbid(<header> <regex>...): none of the files it includes, directly or not, may match.
function(forbid header)
  execute_process(COMMAND ${compiler} ${flags} -M -x c++ ${INCLUDE}/tandem/${header}
    RESULT_VARIABLE status OUTPUT_VARIABLE included ERROR_VARIABLE error)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${header} does not compile:\n${error}")
  endif()
  string(REGEX REPLACE "[ \\\n]+" ";" included "${included}")
  foreach(forbidden IN LISTS ARGN)
    foreach(file IN LISTS included)
      if(file MATCHES "${forbidden}")
        string(APPEND problems "\n  ${header} includes ${file}")
      endif()
    endforeach()
  endforeach()
  set(problems "${problems}" PARENT_SCOPE)
endfunction()

# Slow to compile, or (iostream) run before main. The text is a path's end.
set(heavy "/filesystem$" "/regex$" "/iostream$")
# fmt belongs to what formats; a lock or a Result does not.
set(fmt "/fmt/[a-z]+\\.h$")

forbid(tandem.hpp ${heavy})
foreach(header IN ITEMS core/result.hpp core/send.hpp core/drop.hpp core/any_error.hpp
    sync/arc.hpp sync/mutex.hpp sync/rwlock.hpp sync/condvar.hpp sync/barrier.hpp sync/once.hpp
    sync/once_lock.hpp sync/lazy_lock.hpp sync/mpsc.hpp thread/spawn.hpp thread/scope.hpp)
  forbid(${header} ${heavy} ${fmt})
endforeach()
forbid(sync/mutex.hpp "/chrono$" "/functional$" "/sstream$")

if(problems)
  message(FATAL_ERROR "Includes that cost too much:${problems}")
endif()
message("no header includes what costs too much")
