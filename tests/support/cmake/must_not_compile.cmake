# Compiles a file that must be refused, and compares the compiler's first error with the file's own
# first line. A refusal for another reason is no refusal.
#
#   cmake -D SOURCE=<file> -D COMPILER=<compiler.cmake> -P must_not_compile.cmake
#
# The file:
#   // error: pass each value as an argument        a regular expression as CMake knows them
#   ...
#   #ifdef CORRECTED                                optional: what the student should write instead.
#   #else                                           It is compiled too, and must compile.
#   #endif

cmake_minimum_required(VERSION 3.23)

include(${COMPILER})
set(ENV{LC_ALL} C)  # the compilers' messages in English, their quotes in ASCII

function(compile result output)
  execute_process(COMMAND ${compiler} ${flags} ${ARGN} -fsyntax-only ${SOURCE}
    RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  set(${result} ${status} PARENT_SCOPE)
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

file(READ ${SOURCE} source)
if(NOT source MATCHES "^// error: ([^\n]+)\n")
  message(FATAL_ERROR "The first line of ${SOURCE} must be\n  // error: <regular expression>")
endif()
set(expected "${CMAKE_MATCH_1}")

compile(status output)
if(status EQUAL 0)
  message(FATAL_ERROR "This compiles, but should be refused with an error that matches\n"
    "  ${expected}\n${SOURCE}")
endif()
if(NOT output MATCHES "error: ([^\n]*)")
  message("${output}")
  message(FATAL_ERROR "The compiler failed without an error")
endif()
set(first "${CMAKE_MATCH_1}")
if(NOT first MATCHES "${expected}")
  message("${output}")
  message(FATAL_ERROR "Refused, but not for the expected reason.\n"
    "  expected: ${expected}\n  got:      ${first}")
endif()

if(source MATCHES "#ifn?def CORRECTED")
  compile(status output -DCORRECTED)
  if(NOT status EQUAL 0)
    message("${output}")
    message(FATAL_ERROR "Refused as it should be, but with -DCORRECTED it must compile")
  endif()
endif()
message("refused: ${first}")
