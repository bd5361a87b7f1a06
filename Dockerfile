# syntax=docker/dockerfile:1
# The Python that every test runs on.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY scim_server scim_server
COPY extensions extensions
# Without pip inside: what is copied into the final stage holds the server and what it imports, nothing that installs.
RUN python -m venv --without-pip /opt/scim-server \
    && python -m pip --python /opt/scim-server/bin/python install --no-cache-dir .

FROM python:${PYTHON}
ENV PATH=/opt/scim-server/bin:$PATH \
    PYTHONUNBUFFERED=1
# var/ holds the embedded database when no other is named: mount a volume there, or set SCIM_SERVER_DATABASE_URL.
RUN python -m pip uninstall --yes --quiet pip setuptools wheel \
    && useradd --uid 10001 --no-log-init --home-dir /srv/scim-server --create-home --shell /usr/sbin/nologin scim \
    && install --directory --owner=scim --group=scim --mode=0700 /srv/scim-server/var
COPY --from=build /opt/scim-server /opt/scim-server
WORKDIR /srv/scim-server
USER 10001
VOLUME /srv/scim-server/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
# One process manager: gunicorn starts the workers and the process that delivers mail, and ends them in order when it is
# told to stop. With `run --no-worker`, mail is left to a container of its own: `work`.
ENTRYPOINT ["scim-server"]
CMD ["run", "--host", "0.0.0.0"]
