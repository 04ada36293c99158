# syntax=docker/dockerfile:1
# Three stages: everything to make the database client and the page, production packages alone, and the image that is shipped.
FROM node:24-bookworm-slim AS made
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY prisma ./prisma
COPY tsconfig.json ./
RUN node prisma/generate.ts
# The page, apart from everything else: a change of the server does not build it anew.
COPY src/api ./src/api
COPY src/web ./src/web
RUN node src/web/build.ts

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional packages are wanted (the embedded Postgres); only the runtime among them is not, since the image brings its own.
RUN npm ci --ignore-scripts --omit=dev && rm -rf node_modules/node-linux-*

FROM node:24-bookworm-slim
ENV NODE_ENV=production DATA_DIR=/data SMTP_HOST=0.0.0.0 HTTP_HOST=0.0.0.0
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY prisma/migrations ./prisma/migrations
COPY fixtures ./fixtures
COPY src ./src
COPY --from=made /app/src/store/generated ./src/store/generated
COPY --from=made /app/dist/web ./dist/web
RUN mkdir /data && chown node:node /data && ln -s /app/src/cli.ts /usr/local/bin/leadpost && chmod +x src/cli.ts
USER node
VOLUME /data
EXPOSE 2525 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT || 3000}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["leadpost"]
CMD ["start"]
