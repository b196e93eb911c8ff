package sdk

// Trusting lets a test trust a file as on the systems where Go does not do so.
var Trusting = trusting
