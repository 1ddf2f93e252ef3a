# mailrig_embed_file(TARGET SYMBOL FILE): the octets of FILE become part of TARGET, between SYMBOL_begin and SYMBOL_end.
function(mailrig_embed_file target symbol file)
  set(assembler "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S")
  file(CONFIGURE OUTPUT "${assembler}" @ONLY CONTENT [[
    .section .rodata
    .globl @symbol@_begin
    .type @symbol@_begin, %object
    .balign 16
@symbol@_begin:
    .incbin "@file@"
    .size @symbol@_begin, . - @symbol@_begin
    .globl @symbol@_end
@symbol@_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
]])
  set_source_files_properties("${assembler}" PROPERTIES OBJECT_DEPENDS "${file}")
  target_sources(${target} PRIVATE "${assembler}")
endfunction()
