# Builds for Linux on aarch64: on x86-64 with Debian's cross compiler and a private sysroot of
# Debian's arm64 packages (made by scripts/setup), on aarch64 with the host's own compiler.
# RR_SYSROOT (variable or environment) names another sysroot.

cmake_host_system_information(RESULT rr_host_processor QUERY OS_PLATFORM)
if(NOT rr_host_processor STREQUAL "aarch64")
  set(CMAKE_SYSTEM_NAME Linux)
  set(CMAKE_SYSTEM_PROCESSOR aarch64)
  set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
  set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
  set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

  list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RR_SYSROOT)
  if(NOT RR_SYSROOT AND DEFINED ENV{RR_SYSROOT})
    set(RR_SYSROOT $ENV{RR_SYSROOT})
  endif()
  if(NOT RR_SYSROOT)
    execute_process(
      COMMAND ${CMAKE_CURRENT_LIST_DIR}/../scripts/vm sysroot
      OUTPUT_VARIABLE RR_SYSROOT OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE rr_sysroot_status)
    if(NOT rr_sysroot_status EQUAL 0)
      message(FATAL_ERROR "There is no arm64 sysroot: run scripts/setup")
    endif()
  endif()
  set(RR_SYSROOT ${RR_SYSROOT} CACHE PATH "Debian arm64 development files" FORCE)

  set(CMAKE_SYSROOT ${RR_SYSROOT})
  set(CMAKE_FIND_ROOT_PATH ${RR_SYSROOT})
  # Programs run on the host (capnp, protoc-like tools); everything else is the target's.
  set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
  set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
  set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
  set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
  set(ENV{PKG_CONFIG_DIR} "")
  set(ENV{PKG_CONFIG_SYSROOT_DIR} ${RR_SYSROOT})
  set(ENV{PKG_CONFIG_LIBDIR} ${RR_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${RR_SYSROOT}/usr/share/pkgconfig)
endif()
