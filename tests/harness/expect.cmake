# accepts(<arguments>), rejects(<words> <arguments>): runs SCRIPT with `cmake <arguments> -P SCRIPT`.
# The words are a regular expression; wherever the message has line breaks, it sees a single space.

function(run_script)
  execute_process(COMMAND ${CMAKE_COMMAND} ${ARGN} -P ${SCRIPT}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  set(status ${status} PARENT_SCOPE)
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(accepts)
  run_script(${ARGN})
  if(NOT status EQUAL 0)
    message("${output}")
    message(FATAL_ERROR "${ARGN} should be accepted")
  endif()
endfunction()

function(rejects words)
  run_script(${ARGN})
  if(status EQUAL 0)
    message("${output}")
    message(FATAL_ERROR "${ARGN} should be rejected")
  endif()
  string(REGEX REPLACE "[ \n]+" " " output_in_one_line "${output}")
  if(NOT output_in_one_line MATCHES "${words}")
    message("${output}")
    message(FATAL_ERROR "${ARGN} is rejected, but not with: ${words}")
  endif()
endfunction()
