# cmake -DDIST=DIR -DOUT=DIR -P embed.cmake
#
# Turns the files of DIST into OUT/assets.S, which holds their octets by .incbin, and OUT/table.cpp, which says what they are.
# A FILE.gz beside FILE is its gzip form. The files are copied to OUT/files first, so that sizes, tags and octets are of one
# moment. The directives are those that GNU as and clang understand alike on x86-64 and arm64.

set(content_type_html "text/html; charset=utf-8")
set(content_type_js "text/javascript; charset=utf-8")
set(content_type_css "text/css; charset=utf-8")
set(content_type_svg "image/svg+xml")
set(content_type_png "image/png")
set(content_type_ico "image/x-icon")
set(content_type_woff2 "font/woff2")
set(content_type_json "application/json")
set(content_type_txt "text/plain; charset=utf-8")

# Sets `content_type` by the file's extension; a page with a file of unknown type is not built at all.
function(find_content_type name)
  string(REGEX REPLACE "^.*\\." "" extension "${name}")
  if(NOT DEFINED "content_type_${extension}")
    message(FATAL_ERROR "${DIST}/${name}: no content type is known for .${extension}; add it to cmake/embed.cmake")
  endif()
  set(content_type "${content_type_${extension}}" PARENT_SCOPE)
endfunction()

# Vite puts a hash of the content into the names under assets/: such a file never changes.
function(find_cache_control name)
  if(name MATCHES "^assets/.*-[A-Za-z0-9_-]+\\.[a-z0-9]+$")
    set(cache_control "public, max-age=31536000, immutable" PARENT_SCOPE)
  else()
    set(cache_control "no-cache" PARENT_SCOPE)
  endif()
endfunction()

# Adds one blob to the assembler text and its declaration to the C++ text; sets `blob` to the C++ expression for it.
function(embed_blob symbol file)
  file(SIZE "${file}" size)
  string(APPEND assembler
    "\n    .globl ${symbol}\n    .type ${symbol}, %object\n    .balign 16\n${symbol}:\n    .incbin \"${file}\"\n"
    "    .size ${symbol}, . - ${symbol}\n")
  string(APPEND declarations "extern const char ${symbol}[];\n")
  set(assembler "${assembler}" PARENT_SCOPE)
  set(declarations "${declarations}" PARENT_SCOPE)
  set(blob "{${symbol}, ${size}}" PARENT_SCOPE)
endfunction()

foreach(variable DIST OUT)
  if(NOT ${variable})
    message(FATAL_ERROR "usage: cmake -DDIST=DIR -DOUT=DIR -P embed.cmake")
  endif()
endforeach()
if(NOT EXISTS "${DIST}/index.html")
  message(FATAL_ERROR "${DIST} holds no built page: there is no index.html in it")
endif()

file(REMOVE_RECURSE "${OUT}/files")
file(COPY "${DIST}/" DESTINATION "${OUT}/files")
file(GLOB_RECURSE names RELATIVE "${OUT}/files" "${OUT}/files/*")
list(FILTER names EXCLUDE REGEX "\\.gz$")
# By octets, as find_asset() searches.
list(SORT names COMPARE STRING CASE SENSITIVE)

set(assembler "    .section .rodata\n")
set(declarations "")
set(rows "")
set(number 0)
foreach(name IN LISTS names)
  if(name MATCHES "[^A-Za-z0-9._/-]")
    message(FATAL_ERROR "${DIST}/${name}: a file of the page may be named with letters, digits, '.', '_' and '-' only")
  endif()
  set(file "${OUT}/files/${name}")
  find_content_type("${name}")
  find_cache_control("${name}")
  file(SHA256 "${file}" digest)
  string(SUBSTRING "${digest}" 0 32 tag)
  embed_blob("mailrig_page_${number}_identity" "${file}")
  set(identity "${blob}")
  set(gzip "{}")
  if(EXISTS "${file}.gz")
    embed_blob("mailrig_page_${number}_gzip" "${file}.gz")
    set(gzip "${blob}")
  endif()
  string(APPEND rows
    "    asset{\"/${name}\", \"${content_type}\", \"W/\\\"${tag}\\\"\",\n          \"${cache_control}\", ${identity}, ${gzip}},\n")
  math(EXPR number "${number} + 1")
endforeach()

# An object without this note would make the linker ask for an executable stack.
string(APPEND assembler "\n    .section .note.GNU-stack, \"\", %progbits\n")
file(WRITE "${OUT}/assets.S" "${assembler}")
file(WRITE "${OUT}/table.cpp"
  "// Written by webui/page/cmake/embed.cmake from a built page.\n"
  "#include <array>\n\n"
  "#include \"webui/page/assets.hpp\"\n\n"
  "extern \"C\" {\n${declarations}}\n\n"
  "namespace mailrig::page {\n\n"
  "std::span<const asset> all_assets() {\n"
  "  static constexpr std::array<asset, ${number}> table{{\n${rows}  }};\n"
  "  return table;\n"
  "}\n\n"
  "}  // namespace mailrig::page\n")
