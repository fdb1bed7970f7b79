# SPDX-License-Identifier: Apache-2.0
# install_folders: run by `cmake --install`, first. What this and install_prefixed.cmake are given is
# set in install.cmake.

# Where settings are, as GNUInstallDirs has it, for the prefix that it really is.
set(prefix "${CMAKE_INSTALL_PREFIX}")
cmake_path(ABSOLUTE_PATH GITOPSD_SYSCONFDIR BASE_DIRECTORY "${prefix}" NORMALIZE
           OUTPUT_VARIABLE GITOPSD_ETC)
if(GITOPSD_SYSCONFDIR STREQUAL "etc" AND prefix MATCHES "^/(usr|opt/.*)?$")
  string(REGEX REPLACE "^/(usr)?" "/" GITOPSD_ETC "${prefix}")
  string(REGEX REPLACE "/$" "" GITOPSD_ETC "/etc${GITOPSD_ETC}")
endif()

# Everybody may use what root installs or packs, also where root's umask is 077: then the folders that
# CMake makes on its way to a file would be closed to others. What is there already stays as it is.
set(folders "${prefix}" "${GITOPSD_ETC}" "${GITOPSD_ETC}/gitopsd")
foreach(folder "${GITOPSD_BINDIR}" "${GITOPSD_LIBEXECDIR}" "${GITOPSD_LIBEXECDIR}/gitopsd"
        lib lib/systemd lib/systemd/system)
  list(APPEND folders "${prefix}/${folder}")
endforeach()
foreach(folder "" /doc /doc/gitopsd /gitopsd /bash-completion /fish /man /zsh)
  list(APPEND folders "${prefix}/${GITOPSD_DATADIR}${folder}")
endforeach()
foreach(folder IN LISTS folders)
  if(NOT EXISTS "$ENV{DESTDIR}${folder}")
    file(MAKE_DIRECTORY "$ENV{DESTDIR}${folder}")
    file(CHMOD "$ENV{DESTDIR}${folder}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
         GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endif()
endforeach()
