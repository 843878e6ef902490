# The rule of what is awaited: every public class under async/ that has a poll says in its
# description what is lost when it is dropped (`Cancel:`) and who wakes it (`Wakes:`).
#
#   cmake -D INCLUDE=<folder> -P check_awaitables.cmake

cmake_minimum_required(VERSION 3.23)

file(GLOB_RECURSE headers RELATIVE ${INCLUDE}/tandem ${INCLUDE}/tandem/async/*.hpp)
list(FILTER headers EXCLUDE REGEX "/detail/")
set(problems "")
set(count 0)

# The description of `name` has been read; a specialisation has that of its template.
function(check_described header name description)
  foreach(label IN ITEMS Cancel Wakes)
    if(NOT description MATCHES "/// *${label}:")
      list(APPEND problems "\n  ${header}: ${name} has a poll, and no line `${label}:`")
    endif()
  endforeach()
  set(problems "${problems}" PARENT_SCOPE)
endfunction()

foreach(header IN LISTS headers)
  file(READ ${INCLUDE}/tandem/${header} text)
  string(REGEX REPLACE "[][;]" " " text "${text}")  # they would confuse the list of lines
  string(REPLACE "\n" ";" lines "${text}")
  set(description "")  # the /// lines above, up to the class that they describe
  set(inside_detail FALSE)
  set(described "")    # the classes of this header that have a description

  foreach(line IN LISTS lines)
    if(line MATCHES "^ *///")
      string(APPEND description "${line}\n")
    elseif(line MATCHES "^namespace (.*::)?detail {")
      set(inside_detail TRUE)
    elseif(line MATCHES "^}  // namespace (.*::)?detail")
      set(inside_detail FALSE)
    elseif(line MATCHES "^( *)(class|struct) +(nodiscard +)*(.*::)?([A-Za-z_0-9]+)")
      string(LENGTH "${CMAKE_MATCH_1}" depth)
      set(name ${CMAKE_MATCH_5})
      set(class_at_${depth} ${name})
      if(NOT description STREQUAL "" AND NOT name IN_LIST described)
        list(APPEND described ${name})
        set(description_of_${name} "${description}")
      elseif(NOT name IN_LIST described)
        set(description_of_${name} "")
      endif()
      set(description "")
    elseif(line MATCHES "^( *)[^/]*[ >]poll\\( *Context *&" AND NOT inside_detail)
      string(LENGTH "${CMAKE_MATCH_1}" depth)
      math(EXPR depth "${depth} - 4")
      if(DEFINED class_at_${depth})
        set(name ${class_at_${depth}})
        check_described(${header} ${name} "${description_of_${name}}")
        math(EXPR count "${count} + 1")
      endif()
    elseif(NOT line MATCHES "^ *(template|requires|//)|^$")
      set(description "")  # it described something else
    endif()
  endforeach()
endforeach()

if(problems)
  list(JOIN problems "" problems)
  message(FATAL_ERROR "Against the rule of awaitables:${problems}")
endif()
message("${count} awaitables say what a drop loses and who wakes them")
