package sdk

// Trusting lets a test trust a file as on the systems where Go does not do so.
var Trusting = trusting

// ServeUntil serves a connector as one that a person started, until ctx ends.
var ServeUntil = serveUntil

// ResetTime reads what a vendor's header says of a limit.
var ResetTime = resetTime
