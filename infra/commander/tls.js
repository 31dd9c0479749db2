'use strict';

// Has Redis Commander, which knows http alone, serve https, and has it trust the
// authorities in ca.pem when it connects to Redis by TLS. Node loads this file before the
// program (--require); both PEM files lie beside it. They are replaced while the program
// runs, so they are read at each connection, and what one last said holds as long as it
// is missing or half written. A process that neither serves nor connects reads nothing.

const fs = require('fs');
const http = require('http');
const https = require('https');
const path = require('path');
const tls = require('tls');

const healthPort = 8082;

// fileOf returns a function that tells what the file says now, if check accepts it. The
// first time, the file has to be right.
function fileOf(name, check) {
  const file = path.join(__dirname, name);
  let last;
  return () => {
    try {
      const text = fs.readFileSync(file, 'utf8');
      if (text !== last) {
        check(text);
        last = text;
      }
    } catch (error) {
      if (last === undefined) throw new Error(`${file}: ${error.message}`);
    }
    return last;
  };
}

const secrets = (text) => ({ key: text, cert: text });
const certificate = fileOf('server.pem', (text) => tls.createSecureContext(secrets(text)));
const authorities = fileOf('ca.pem', (text) => {
  // Certificates after the first are checked by nobody else.
  const whole = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (whole.length === 0 || whole.length !== text.split('-----BEGIN').length - 1) throw new Error('want whole certificates in PEM');
  tls.createSecureContext({ ca: text });
});

// Without ca a connection would trust what was there when the process started.
const connect = tls.connect;
tls.connect = (options, ...rest) => (
  connect(options !== null && typeof options === 'object' ? { ca: authorities(), ...options } : options, ...rest)
);

const createServer = http.createServer;
http.createServer = (app) => {
  let shown = certificate();
  const server = https.createServer(secrets(shown), app);
  server.prependListener('connection', () => {
    const now = certificate();
    if (now !== shown) server.setSecureContext(secrets(now));
    shown = now;
  });
  serveHealth(app);
  return server;
};

// serveHealth is for the container's health check, whose programs speak no TLS.
function serveHealth(app) {
  createServer((request, response) => {
    if (request.url === '/healthcheck') return app(request, response);
    response.writeHead(404).end();
  }).on('error', (error) => console.error(`health check: ${error.message}`)).listen(healthPort, '127.0.0.1');
}
