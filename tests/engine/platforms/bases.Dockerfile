# Base images for tests/engine/platforms/base-images, from Debian's packages instead of a compiled CPython.
ARG ARCH
FROM mopy-test/debian:$ARCH AS debian
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt

# Python where the official images have it. Debian's own one says of itself that pip may not install into it.
FROM debian AS python
RUN set -eu; \
    cp -a /usr/bin/python3.13 /usr/local/bin/; \
    ln -s python3.13 /usr/local/bin/python3; \
    ln -s python3 /usr/local/bin/python; \
    cp -a /usr/lib/python3.13 /usr/local/lib/; \
    cp -a /usr/lib/*/libpython3.13.so.1.0 /usr/local/lib/; \
    # Debian's has schemes of its own for what pip installs
    sed -i "s/prefix_scheme = 'posix_local'/prefix_scheme = 'posix_prefix'/" /usr/local/lib/python3.13/sysconfig/__init__.py; \
    rm -f /usr/local/lib/python3.13/EXTERNALLY-MANAGED; \
    mkdir -p /usr/local/lib/python3.13/site-packages; \
    ldconfig; \
    printf '%s\n' '#!/bin/sh' 'exec /usr/local/bin/python "$(ls /usr/share/python-wheels/pip-*.whl)/pip" "$@"' > /usr/local/bin/pip; \
    chmod +x /usr/local/bin/pip; \
    pip --version
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
CMD ["python3"]

FROM debian AS unpacked
RUN apt-get update
WORKDIR /debs
RUN apt-get download base-files netbase tzdata media-types ca-certificates libc6 libssl3t64 libzstd1 zlib1g \
    libgomp1 libstdc++6 libgcc-s1 gcc-14-base
RUN set -eu; \
    mkdir -p /r/usr/bin /r/usr/lib /r/usr/sbin /r/tmp /r/home/nonroot /r/root /r/etc/ssl/certs /r/var/lib/dpkg/status.d; \
    chmod 1777 /r/tmp; \
    cd /r; \
    for directory in bin lib sbin; do ln -s "usr/$directory" "$directory"; done; \
    if [ -d /usr/lib64 ]; then mkdir usr/lib64; ln -s usr/lib64 lib64; fi; \
    for deb in /debs/*.deb; do \
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C /r --keep-directory-symlink --exclude=./usr/share/man --exclude=./usr/share/locale; \
        dpkg-deb -f "$deb" > "/r/var/lib/dpkg/status.d/$(dpkg-deb -f "$deb" Package)"; \
    done; \
    cp /etc/ssl/certs/ca-certificates.crt /r/etc/ssl/certs/; \
    echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' > /r/etc/passwd; \
    echo 'nonroot:x:65532:' > /r/etc/group; \
    chown -R 65532:65532 /r/home/nonroot

FROM scratch AS distroless
COPY --from=unpacked /r/ /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532
WORKDIR /home/nonroot
