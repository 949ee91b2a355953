"""What stands in for images of the registry: a Debian of `.ci/long-tools`, and what is added to it.

They have the users, folders and entry points that the compose file of a project counts on.
"""

POSTGRES = """FROM services
COPY --chmod=755 <<"RUN" /entrypoint
#!/bin/sh
set -e
bin=$(echo /usr/lib/postgresql/*/bin)
[ -s "$PGDATA/PG_VERSION" ] || {
    printf %s "$POSTGRES_PASSWORD" >/tmp/password
    "$bin/initdb" --username "$POSTGRES_USER" --auth-host scram-sha-256 --pwfile /tmp/password >&2
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    "$bin/pg_ctl" --wait --options "-c listen_addresses=''" start >&2
    createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
    "$bin/pg_ctl" --wait stop >&2
}
exec "$bin/postgres" -c listen_addresses='*'
RUN
ENV PGDATA=/var/lib/postgresql/data
RUN install -d -o postgres -g postgres -m 700 $PGDATA
VOLUME $PGDATA
STOPSIGNAL SIGINT
ENTRYPOINT ["/entrypoint"]
"""
REDIS = """FROM services
RUN install -d -o redis -g redis /data
WORKDIR /data
VOLUME /data
"""
NGINX = """FROM services
COPY <<CONF /etc/nginx/nginx.conf
worker_processes 1;
pid /run/nginx.pid;
error_log /dev/stderr notice;
events {}
http {
    client_body_temp_path /var/cache/nginx/client;
    proxy_temp_path /var/cache/nginx/proxy;
    fastcgi_temp_path /var/cache/nginx/fastcgi;
    uwsgi_temp_path /var/cache/nginx/uwsgi;
    scgi_temp_path /var/cache/nginx/scgi;
    include /etc/nginx/conf.d/*.conf;
}
CONF
RUN rm -rf /etc/nginx/sites-enabled && ln -sf /dev/stdout /var/log/nginx/access.log
CMD ["nginx", "-g", "daemon off;"]
"""
PROMETHEUS = """FROM services
RUN install -d -o nobody -g nogroup /prometheus
WORKDIR /prometheus
VOLUME /prometheus
USER nobody
ENTRYPOINT ["prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
"""
STAND_INS = {
    "postgres:17-alpine": POSTGRES,
    "redis:8-alpine": REDIS,
    "nginx:1.28-alpine": NGINX,
    "prom/prometheus:v3.5.0": PROMETHEUS,
}
