# Gemba: the command line and the service. Runs as a user without rights; data lives in /data.
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY api api
COPY data data
COPY extraction extraction
COPY kg kg
COPY ontology ontology
RUN python -m venv /opt/gemba \
    && /opt/gemba/bin/pip install --constraint constraints.txt .

FROM python:3.12-slim
LABEL org.opencontainers.image.title="Gemba" \
      org.opencontainers.image.description="An industrial knowledge graph that joins maintenance and traceability" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --create-home --uid 10001 gemba \
    && install --directory --owner=gemba --group=gemba /data
COPY --from=build /opt/gemba /opt/gemba
ENV PATH=/opt/gemba/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GEMBA_STORE=/data/gemba.db \
    GEMBA_HOST=0.0.0.0 \
    GEMBA_PORT=8000
USER gemba
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 CMD ["gemba", "health"]
ENTRYPOINT ["gemba"]
CMD ["serve"]
