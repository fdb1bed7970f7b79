# SPDX-License-Identifier: Apache-2.0
# install_prefixed: run by `cmake --install`, after install_folders.cmake: units that name where the
# programs and settings are, settings that are not there yet, and completions for zsh.

# A path as systemd reads it, and as a word of ExecStart, which may take quotes. One that has quotes
# itself cannot be written: systemd refuses it as the name of a program.
string(REPLACE "%" "%%" UNIT_ETC "${GITOPSD_ETC}/gitopsd")
string(REPLACE "%" "%%" UNIT_PROGRAM "${CMAKE_INSTALL_PREFIX}/${GITOPSD_BINDIR}/gitopsd")
string(REPLACE "$" "$$" UNIT_CONFIG "--config=${UNIT_ETC}")
set(quote "")
if("${UNIT_PROGRAM}${UNIT_CONFIG}" MATCHES "[^A-Za-z0-9/._+%$=-]")
  set(quote "\"")
endif()
file(READ "${GITOPSD_SOURCE_DIR}/systemd/hardening.conf" HARDENING)
foreach(unit gitopsd.service gitopsd@.service)
  configure_file("${GITOPSD_SOURCE_DIR}/systemd/${unit}.in"
                 "${GITOPSD_BINARY_DIR}/systemd/${unit}" @ONLY)
  file(INSTALL DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system" TYPE FILE
       FILES "${GITOPSD_BINARY_DIR}/systemd/${unit}")
endforeach()

# Somebody's settings stay.
if(EXISTS "$ENV{DESTDIR}${GITOPSD_ETC}/gitopsd/gitopsd.yaml")
  message(STATUS "Kept: $ENV{DESTDIR}${GITOPSD_ETC}/gitopsd/gitopsd.yaml")
else()
  file(INSTALL DESTINATION "${GITOPSD_ETC}/gitopsd" TYPE FILE RENAME gitopsd.yaml
       FILES "${GITOPSD_SOURCE_DIR}/config/gitopsd.example.yaml")
endif()

set(zsh_folder site-functions)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr") # where only the machine's own functions are, says Debian
  set(zsh_folder vendor-completions)
endif()
file(INSTALL DESTINATION "${CMAKE_INSTALL_PREFIX}/${GITOPSD_DATADIR}/zsh/${zsh_folder}"
     TYPE DIRECTORY FILES "${GITOPSD_BINARY_DIR}/completions/zsh/")
