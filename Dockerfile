# The images of one node and of its agent. `make build` must have put the static
# binaries into bin/; nothing is pulled. `senkei run` builds from this same text.

FROM scratch AS agent
COPY bin/senkei-agent /senkei-agent
ENTRYPOINT ["/senkei-agent"]

FROM scratch AS empty
WORKDIR /data

FROM scratch AS node
COPY bin/senkei-node /senkei-node
# A fresh volume on /data inherits its owner from here.
COPY --from=empty --chown=65534:65534 /data /data
USER 65534:65534
ENTRYPOINT ["/senkei-node"]
