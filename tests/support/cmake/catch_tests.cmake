# From Catch2's cases to ctest's tests.

include(Catch)

# Every case of `program` (those with the tags SPEC, if given) becomes a test "<PREFIX><case>".
#
# catch_discover_tests could take the properties itself, but Catch2 2.13 flattens a list of labels
# and loses what follows it, the TIMEOUT first of all. So it only gives us the names, and a file of
# our own, read by ctest after its, sets the properties.
function(tandem_discover_cases program)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PREFIX;SPEC" "LABELS")

  string(MAKE_C_IDENTIFIER "cases_of_${arg_PREFIX}" names)
  catch_discover_tests(${program}
    TEST_PREFIX "'${arg_PREFIX}'"  # quoted, for cmake -D cuts a space at the end
    TEST_SPEC "${arg_SPEC}"
    TEST_LIST ${names})

  set(properties_file ${CMAKE_CURRENT_BINARY_DIR}/${names}.cmake)
  file(WRITE ${properties_file}
    "if(${names})\n"
    "  set_tests_properties(\${${names}} PROPERTIES\n"
    "    LABELS \"${arg_LABELS}\" TIMEOUT ${TANDEM_TEST_TIMEOUT})\n"
    "endif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${properties_file})
endfunction()

# A test that every case of every layer's program is a test: one whose tag is misspelt, or whose name
# CMake cannot carry, would otherwise pass by never running.
function(tandem_check_every_case_is_found)
  set(programs "")
  foreach(layer IN LISTS ARGV)
    list(APPEND programs "${layer}=$<TARGET_FILE:${layer}_tests>")
  endforeach()
  if(Catch2_VERSION VERSION_LESS 3)
    set(list_names --list-test-names-only)
  else()
    set(list_names --list-tests --verbosity quiet)
  endif()
  add_test(NAME every_case_is_a_test
    COMMAND ${CMAKE_COMMAND} -D CTEST=${CMAKE_CTEST_COMMAND} -D BUILD=${PROJECT_BINARY_DIR}
      -D "LIST_NAMES=${list_names}" -D "PROGRAMS=${programs}"
      -P ${PROJECT_SOURCE_DIR}/tests/support/cmake/every_case_is_a_test.cmake)
  set_tests_properties(every_case_is_a_test PROPERTIES
    LABELS sources TIMEOUT ${TANDEM_TEST_TIMEOUT})
endfunction()
