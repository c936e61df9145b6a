# Manual pages and the completion for bash, written by the `rr` that was just built, so that they say what --help says.
# Cross-compiled, it is run by QEMU's user emulation; without that they are not made.
include(GNUInstallDirs)
install(TARGETS rr RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

set(RR_RUN $<TARGET_FILE:rr>)
if(CMAKE_CROSSCOMPILING)
  find_program(RR_EMULATOR NAMES qemu-aarch64 qemu-aarch64-static)
  if(NOT RR_EMULATOR)
    message(STATUS "No qemu-aarch64 (package qemu-user): no manual pages and no completion")
    return()
  endif()
  set(RR_RUN ${RR_EMULATOR} -L ${CMAKE_SYSROOT} $<TARGET_FILE:rr>)
endif()

set(documents ${CMAKE_BINARY_DIR}/documents)
add_custom_command(
  OUTPUT ${documents}/rr.1
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${documents}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${documents}
  COMMAND ${RR_RUN} help --write-documents ${documents}
  DEPENDS rr VERBATIM)
add_custom_target(rr_documents ALL DEPENDS ${documents}/rr.1)
install(DIRECTORY ${documents}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
install(FILES ${documents}/rr.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME rr)
