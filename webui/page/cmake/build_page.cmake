# Builds the page with npm. Sets `page_dist` (where the built page will be) and `page_dist_files` (what says that it is there).

find_program(MAILRIG_NODE NAMES node nodejs DOC "Node, for building the web page")
find_program(MAILRIG_NPM NAMES npm DOC "npm, for building the web page")
if(NOT MAILRIG_NODE OR NOT MAILRIG_NPM)
  message(FATAL_ERROR
    "Building the web page needs Node 18 or later and npm, and they were not found (node: ${MAILRIG_NODE}, "
    "npm: ${MAILRIG_NPM}). Install them (Debian and Ubuntu: nodejs npm), name them with -DMAILRIG_NODE=... and "
    "-DMAILRIG_NPM=..., give an already built page with -DMAILRIG_PAGE_DIST=DIR, or build without the page: "
    "-DMAILRIG_PAGE=OFF.")
endif()

execute_process(COMMAND "${MAILRIG_NODE}" --version OUTPUT_VARIABLE node_version ERROR_VARIABLE node_error
                OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE node_failed)
string(REGEX REPLACE "^v" "" node_version "${node_version}")
if(node_failed OR node_version VERSION_LESS 18)
  message(FATAL_ERROR
    "Building the web page needs Node 18 or later; ${MAILRIG_NODE} is '${node_version}' ${node_error}. "
    "Name another with -DMAILRIG_NODE=..., or build without the page: -DMAILRIG_PAGE=OFF.")
endif()

set(page_source "${CMAKE_CURRENT_SOURCE_DIR}")
set(page_dist "${CMAKE_CURRENT_BINARY_DIR}/dist")
set(page_built "${CMAKE_CURRENT_BINARY_DIR}/dist.stamp")

file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS "${page_source}/src/*")
foreach(file package.json package-lock.json .npmrc index.html vite.config.js svelte.config.js tsconfig.json
             scripts/compress.js cmake/install_packages.cmake)
  list(APPEND page_sources "${page_source}/${file}")
endforeach()

add_custom_command(
  OUTPUT "${page_built}"
  COMMAND "${CMAKE_COMMAND}" "-DNPM=${MAILRIG_NPM}" "-DPAGE=${page_source}" -P cmake/install_packages.cmake
  COMMAND "${MAILRIG_NODE}" node_modules/vite/bin/vite.js build --logLevel warn --emptyOutDir --outDir "${page_dist}"
  COMMAND "${CMAKE_COMMAND}" -E touch "${page_built}"
  DEPENDS ${page_sources}
  WORKING_DIRECTORY "${page_source}"
  COMMENT "Building the web page"
  VERBATIM)

set(page_dist_files "${page_built}")
