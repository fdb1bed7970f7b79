# SPDX-License-Identifier: Apache-2.0
# gitopsd as an image: `docker build -t REGISTRY/gitopsd:VERSION .` (or buildah, podman). The first
# stage builds the Debian package, the second installs it. BASE may be any Debian 12 or 13, or Ubuntu
# 24.04. The image runs as a numeric user, and nothing below / has to be writable but its state and
# /tmp.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
COPY tests/setup tests/retry tests/requirements.txt /src/tests/
RUN /src/tests/setup --build-only && apt-get install -y -qq --no-install-recommends ccache
COPY . /src
WORKDIR /src
ENV CMAKE_C_COMPILER_LAUNCHER=ccache
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset package && cmake --build --preset package \
    && cd build/package && cpack && mkdir /package && mv gitopsd_*.deb /package/

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="gitopsd" \
      org.opencontainers.image.description="Makes a Kubernetes cluster follow a Git repository" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /package /tmp/package
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends /tmp/package/*.deb gpg \
    && rm -rf /tmp/package /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log \
    && echo 'gitopsd:x:65532:65532:gitopsd:/home/gitopsd:/usr/sbin/nologin' >>/etc/passwd \
    && echo 'gitopsd:x:65532:' >>/etc/group \
    && install -d -o 65532 -g 65532 -m 700 /home/gitopsd /var/lib/gitopsd
USER 65532:65532
ENV HOME=/home/gitopsd
EXPOSE 8080
ENTRYPOINT ["/usr/bin/gitopsd"]
CMD ["--listen=:8080", "--state-dir=/var/lib/gitopsd"]
