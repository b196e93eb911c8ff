// Package api serves the use cases over HTTP: OpenAPI 3.1, JSON, problem+json and numbered
// events. The screens, the command line and scripts are its clients, with equal rights.
//
// One handler is served over three transports: a unix socket that only its owner may open,
// a loopback TCP address for browsers, and the window's asset server. Package access says
// who may call over which of them: a request over TCP needs the host name and origin of this
// machine, a session cookie that a one-time link gives, and a header that a page of another
// origin cannot set.
//
// Package operation has what every operation is made of; proof has those on tests and what follows from them, this package the others.
//
// It keeps nothing but one-time links. Clients follow changes by a long poll for numbered
// events, because that works over all three transports.
package api
