# cmake -DNPM=PROGRAM -DPAGE=DIR -P install_packages.cmake
#
# `npm ci` in webui/page, unless node_modules already holds what the lock file asks for. Build directories share one
# node_modules, so one at a time installs, and the others find it done.

file(LOCK "${PAGE}/.install.lock" GUARD PROCESS TIMEOUT 600 RESULT_VARIABLE lock_result)
if(NOT lock_result STREQUAL "0")
  message(FATAL_ERROR "Another build installs the page's packages and does not come to an end (${lock_result}).")
endif()

set(wanted "")
foreach(file package.json package-lock.json .npmrc)
  file(SHA256 "${PAGE}/${file}" digest)
  string(APPEND wanted "${digest} ${file}\n")
endforeach()
set(stamp "${PAGE}/node_modules/.mailrig-installed")
if(EXISTS "${stamp}")
  file(READ "${stamp}" installed)
  if(installed STREQUAL wanted)
    return()
  endif()
endif()

execute_process(COMMAND "${NPM}" ci --include=dev --no-audit --no-fund --loglevel=error
                WORKING_DIRECTORY "${PAGE}" RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "npm could not install what the web page is built with (see above). "
                      "To build without the page: -DMAILRIG_PAGE=OFF; with one built elsewhere: -DMAILRIG_PAGE_DIST=DIR.")
endif()
file(WRITE "${stamp}" "${wanted}")
