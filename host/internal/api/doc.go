// Package api serves the use cases over HTTP: OpenAPI 3.1, JSON, problem+json and numbered
// events. The screens, the command line and scripts are its clients, with equal rights.
//
// One handler is served over three transports: a unix socket that only its owner may open,
// a loopback TCP address for browsers, and the window's asset server. Who reaches the
// socket or the window is the user of this process. Requests over TCP are checked here:
// their host name and origin, a session cookie that a one-time link gives, and a header
// that a page of another origin cannot set.
//
// It keeps nothing but one-time links. Clients follow changes by a long poll for numbered
// events, because that works over all three transports.
package api
