package sdk

// The codes an Error may carry. A reader tolerates codes it does not know.
const (
	CodeAuthInvalid             = "auth.invalid"              // the credential was refused
	CodeAuthExpired             = "auth.expired"              // the credential ran out
	CodeAuthReauthRequired      = "auth.reauth_required"      // consent was withdrawn, or a person must sign in again
	CodePermissionMissing       = "permission.missing"        // a permission was not granted; the error names it
	CodePermissionLicence       = "permission.licence"        // the vendor's plan does not include it
	CodeRateLimited             = "rate.limited"              // too many requests in a short time
	CodeRateQuotaExhausted      = "rate.quota_exhausted"      // a quota is used up until it resets
	CodeNotFoundResource        = "notfound.resource"         // an item vanished between list and detail
	CodeNotFoundEndpoint        = "notfound.endpoint"         // wrong address, site or tenant
	CodeNetworkDNS              = "network.dns"               // the name does not resolve
	CodeNetworkConnect          = "network.connect"           // no connection, or it broke
	CodeNetworkTLS              = "network.tls"               // the certificate or the handshake was refused
	CodeNetworkTimeout          = "network.timeout"           // no answer in time
	CodeNetworkProxy            = "network.proxy"             // the proxy refused
	CodeNetworkDenied           = "network.denied"            // the Plumbline host does not allow this connection
	CodeUpstream5xx             = "upstream.5xx"              // the vendor's server failed
	CodeUpstreamMaintenance     = "upstream.maintenance"      // the vendor reports maintenance
	CodeUpstreamInvalidResponse = "upstream.invalid_response" // the answer does not match the documentation
	CodeSchemaUnexpected        = "schema.unexpected"         // a value does not match the documentation
	CodeSchemaKeyMissing        = "schema.key_missing"        // a record has no key
	CodeCursorExpired           = "cursor.expired"            // the vendor no longer takes the cursor; see Output.Cursor
	CodeCursorInvalid           = "cursor.invalid"            // the cursor cannot be read
	CodeConfigInvalid           = "config.invalid"            // a setting is wrong; the error names it
	CodeLimitRecordTooLarge     = "limit.record_too_large"    // one record exceeds the limit
	CodeLimitMemory             = "limit.memory"              // the program used too much memory
	CodeLimitDeadline           = "limit.deadline"            // the run took too long
	CodeProtocolViolation       = "protocol.violation"        // the other side broke the protocol
	CodeInternalPanic           = "internal.panic"            // the connector crashed
	CodeInternalBug             = "internal.bug"              // the connector is wrong
	CodeCancelled               = "cancelled"                 // the host asked to stop
)
