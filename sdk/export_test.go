package sdk

// Trusting makes a test trust a file of certificates, as on systems where Go does not do so.
var Trusting = trusting

// ServeUntil serves a connector as if a person had started it, until ctx ends.
var ServeUntil = serveUntil

// ResetTime parses the time in a vendor's header for a rate limit.
var ResetTime = resetTime
