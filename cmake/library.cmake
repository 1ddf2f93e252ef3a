# One static library per folder: mailrig_library(NAME [DIRECTORY dir] [LINK public…] [PRIVATE private…]).
# The layers of docs/decisions/0001 are these libraries; what may include what is checked by tests/layering.py.

add_library(mailrig_flags INTERFACE)
target_compile_features(mailrig_flags INTERFACE cxx_std_20)
target_include_directories(mailrig_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(mailrig_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  # clang 14 warns of its own coroutine frames
  $<$<CXX_COMPILER_ID:Clang>:-Wno-mismatched-new-delete>)

function(mailrig_library name)
  cmake_parse_arguments(ARG "" "DIRECTORY" "LINK;PRIVATE" ${ARGN})
  if(NOT ARG_DIRECTORY)
    set(ARG_DIRECTORY capture/${name})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${ARG_DIRECTORY}/*.cpp)
  if(sources)
    add_library(mailrig_${name} STATIC ${sources})
    target_link_libraries(mailrig_${name} PUBLIC ${ARG_LINK} mailrig_flags PRIVATE ${ARG_PRIVATE})
  else()
    add_library(mailrig_${name} INTERFACE)
    target_link_libraries(mailrig_${name} INTERFACE ${ARG_LINK} mailrig_flags)
  endif()
endfunction()
