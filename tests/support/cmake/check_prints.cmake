# Runs an example and compares its output with the comment at the end of its source.
#
#   cmake -D PROGRAM=<file> -D SOURCE=<file> -P check_prints.cmake
#
# The source ends with one of
#   // prints:                  // prints in any order:          // prints: nothing
#   // first line               // a line
#   // second line              // another

cmake_minimum_required(VERSION 3.23)

# Lines become a list only here, to be sorted; the signs that would confuse a list hide meanwhile
# behind characters that no example prints.
function(sort_lines text result)
  string(ASCII 1 open)
  string(ASCII 2 close)
  string(ASCII 3 semicolon)
  string(REPLACE "[" ${open} text "${text}")
  string(REPLACE "]" ${close} text "${text}")
  string(REPLACE ";" ${semicolon} text "${text}")
  string(REGEX REPLACE "\n$" "" text "${text}")
  string(REPLACE "\n" ";" lines "${text}")
  list(SORT lines)
  string(REPLACE ";" "\n" text "${lines}")
  string(REPLACE ${open} "[" text "${text}")
  string(REPLACE ${close} "]" text "${text}")
  string(REPLACE ${semicolon} ";" text "${text}")
  set(${result} "${text}\n" PARENT_SCOPE)
endfunction()

file(READ ${SOURCE} source)
if(NOT source MATCHES "\n// prints( in any order)?:( nothing)?\n((//[^\n]*\n)*)$")
  message(FATAL_ERROR "${SOURCE} must end with what it prints:\n"
    "  // prints:\n  // <one comment line for each line of output>\n"
    "or, where threads print as they please, with // prints in any order:\n"
    "or with // prints: nothing")
endif()
set(any_order "${CMAKE_MATCH_1}")
set(nothing "${CMAKE_MATCH_2}")
set(comment "${CMAKE_MATCH_3}")
if((nothing AND comment) OR NOT (nothing OR comment))
  message(FATAL_ERROR "${SOURCE}: \"// prints:\" is followed by the lines of output, "
    "\"// prints: nothing\" by none")
endif()
# From "// a\n// b\n" to "a\nb\n".
string(REGEX REPLACE "\n// ?" "\n" expected "\n${comment}")
string(SUBSTRING "${expected}" 1 -1 expected)

execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE actual RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message("Printed until then:\n${actual}----")
  message(FATAL_ERROR "${PROGRAM} ended with status ${status}")
endif()

if(any_order)
  sort_lines("${expected}" expected)
  sort_lines("${actual}" actual)
endif()
if(actual STREQUAL expected)
  return()
endif()

# The first line that differs, then both in full.
function(cut_line text)
  string(FIND "${${text}}" "\n" end)
  string(SUBSTRING "${${text}}" 0 ${end} line)
  if(end EQUAL -1)
    set(${text} "" PARENT_SCOPE)
  else()
    math(EXPR end "${end} + 1")
    string(SUBSTRING "${${text}}" ${end} -1 rest)
    set(${text} "${rest}" PARENT_SCOPE)
  endif()
  set(line_of_${text} "${line}" PARENT_SCOPE)
endfunction()

set(number 0)
set(wanted "${expected}")
set(got "${actual}")
while(TRUE)
  math(EXPR number "${number} + 1")
  cut_line(wanted)
  cut_line(got)
  if(NOT line_of_wanted STREQUAL line_of_got OR (wanted STREQUAL "" AND got STREQUAL ""))
    break()
  endif()
endwhile()
message("The example does not print what its last lines say${any_order}.
  line ${number}, expected: ${line_of_wanted}
  line ${number}, printed:  ${line_of_got}
---- expected ----
${expected}---- printed ----
${actual}----")
message(FATAL_ERROR "Mend the program, or the lines at the end of ${SOURCE}")
