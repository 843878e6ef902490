# Compares what each test program holds with what ctest knows of it.
#
#   cmake -D CTEST=ctest -D BUILD=<folder> -D PROGRAMS=<layer>=<program>;...
#         -D LIST_NAMES=<options that list a program's cases> -P every_case_is_a_test.cmake

cmake_minimum_required(VERSION 3.23)

function(count_lines text regex result)
  string(REGEX MATCHALL "${regex}" lines "${text}")
  list(LENGTH lines count)
  set(${result} ${count} PARENT_SCOPE)
endfunction()

execute_process(COMMAND ${CTEST} -N WORKING_DIRECTORY ${BUILD}
  OUTPUT_VARIABLE tests COMMAND_ERROR_IS_FATAL ANY)
# A bracket in a case's name would confuse CMake's lists; here only the line counts.
string(REGEX REPLACE "[][;]" "_" tests "${tests}")

set(problems "")
foreach(program IN LISTS PROGRAMS)
  string(REGEX MATCH "^([^=]+)=(.*)$" _ "${program}")
  set(layer ${CMAKE_MATCH_1})
  # The exit status says nothing: Catch2 2 returns how many there are.
  execute_process(COMMAND ${CMAKE_MATCH_2} ${LIST_NAMES} OUTPUT_VARIABLE cases)
  string(REGEX REPLACE "[][;]" "_" cases "${cases}")

  count_lines("${cases}" "[^\n]+\n" in_program)
  count_lines("${tests}" "\n *Test +#[0-9]+: ${layer}(/[^:\n]*)?: [^\n]*" in_ctest)
  message("${layer}: ${in_program} cases, ${in_ctest} tests")
  if(NOT in_program EQUAL in_ctest)
    string(APPEND problems "\n  ${layer}: the program has ${in_program} cases, ctest ${in_ctest}")
  endif()
endforeach()

if(problems)
  message(FATAL_ERROR "Some cases are not run, or run twice:${problems}\n"
    "Each case of chapter/NN_name_test.cpp needs the tag [NN_name] and no other section's; "
    "names do without brackets and semicolons.")
endif()
