# The layer rule: a header includes its own layer and those it stands on, and nothing in a circle;
# atomics and what waits live in core/detail, memory orders in a detail/ folder.
#
#   cmake -D INCLUDE=<folder> -P check_layers.cmake

cmake_minimum_required(VERSION 3.23)

set(core_may core)
set(sync_may core sync)
set(thread_may core sync thread)
set(async_may core async)
set(rt_may core sync thread async rt)
set(embedded_may core async embedded)
set(exercises_may core sync thread exercises)

# Single headers that a layer may reach beyond that.
set(async_may_also sync/arc.hpp)

set(only_in_core_detail
  atomic mutex shared_mutex condition_variable thread semaphore latch barrier future stop_token)

file(GLOB_RECURSE headers RELATIVE ${INCLUDE}/tandem ${INCLUDE}/tandem/*.hpp)
set(problems "")
macro(problem)
  string(APPEND problems "\n  ${header}: " ${ARGN})
endmacro()

foreach(header IN LISTS headers)
  file(READ ${INCLUDE}/tandem/${header} text)
  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  string(REGEX REPLACE "[][;]" " " text "${text}")  # they would confuse the lists below

  set(layer ".")
  if(header MATCHES "^([^/]+)/")
    set(layer ${CMAKE_MATCH_1})
    if(NOT DEFINED ${layer}_may)
      problem("${layer} is not a layer")
      continue()
    endif()
  endif()

  string(REGEX MATCHALL "#[ \t]*include[ \t]*[<\"][^>\"\n]*[>\"]" includes "${text}")
  set(of_tandem "")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "^.*([<\"])([^>\"]*)[>\"]$" "\\1;\\2" include "${include}")
    list(GET include 0 sign)
    list(GET include 1 path)
    if(path MATCHES "^tandem/(([^/]+)/.*)$")
      set(target ${CMAKE_MATCH_1})
      set(target_layer ${CMAKE_MATCH_2})
      list(APPEND of_tandem ${target})
      if(NOT layer STREQUAL "." AND NOT target_layer IN_LIST ${layer}_may
         AND NOT target IN_LIST ${layer}_may_also)
        problem("${layer} does not stand on ${target_layer}, yet includes ${target}")
      endif()
    elseif(path MATCHES "^tandem/")
      problem("includes ${path}: no header includes one that stands above the layers")
    elseif(sign STREQUAL "\"")
      problem("includes \"${path}\": write the whole path, \"tandem/…\"")
    elseif(path IN_LIST only_in_core_detail AND NOT header MATCHES "^core/detail/")
      problem("includes <${path}>, which only core/detail may; use what core/detail makes of it")
    endif()
  endforeach()

  if(text MATCHES "memory_order" AND NOT header MATCHES "(^|/)detail/")
    problem("names a memory order, which belongs in a detail/ folder")
  endif()

  set("includes_of_${header}" "${of_tandem}")
endforeach()

# Circles: take away every header that includes none of those left, or that none of those left
# includes, until nothing changes. What stays stands in a circle, or between two.
set(left ${headers})
set(before "")
while(NOT "${left}" STREQUAL "${before}")
  set(before "${left}")
  set(includers "")
  set(included "")
  foreach(header IN LISTS left)
    foreach(target IN LISTS "includes_of_${header}")
      if(target IN_LIST left)
        list(APPEND includers ${header})
        list(APPEND included ${target})
      endif()
    endforeach()
  endforeach()
  foreach(header IN LISTS before)
    if(NOT header IN_LIST includers OR NOT header IN_LIST included)
      list(REMOVE_ITEM left ${header})
    endif()
  endforeach()
endwhile()
foreach(header IN LISTS left)
  problem("is in an include circle")
endforeach()

if(problems)
  message(FATAL_ERROR "Against the layer rule:${problems}")
endif()
list(LENGTH headers count)
message("${count} headers keep to their layers")
