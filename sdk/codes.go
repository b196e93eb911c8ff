package sdk

// The codes an Error may carry. A reader tolerates codes it does not know.
const (
	CodeAuthInvalid             = "auth.invalid"              // the credential was refused
	CodeAuthExpired             = "auth.expired"              // the credential ran out
	CodeAuthReauthRequired      = "auth.reauth_required"      // consent was withdrawn, or a person must sign in again
	CodePermissionMissing       = "permission.missing"        // a permission was not granted; names which
	CodePermissionLicence       = "permission.licence"        // the vendor's plan does not include it
	CodeRateLimited             = "rate.limited"              // too many requests just now
	CodeRateQuotaExhausted      = "rate.quota_exhausted"      // a quota is used up until it resets
	CodeNotFoundResource        = "notfound.resource"         // the thing vanished between list and detail
	CodeNotFoundEndpoint        = "notfound.endpoint"         // wrong address, site or tenant
	CodeNetworkDNS              = "network.dns"               // the name does not resolve
	CodeNetworkConnect          = "network.connect"           // no connection, or it broke
	CodeNetworkTLS              = "network.tls"               // the certificate or the handshake was refused
	CodeNetworkTimeout          = "network.timeout"           // no answer in time
	CodeNetworkProxy            = "network.proxy"             // the proxy refused
	CodeNetworkDenied           = "network.denied"            // the host program allows no connection to it
	CodeUpstream5xx             = "upstream.5xx"              // the vendor's server failed
	CodeUpstreamMaintenance     = "upstream.maintenance"      // the vendor says it is down on purpose
	CodeUpstreamInvalidResponse = "upstream.invalid_response" // not the documented answer
	CodeSchemaUnexpected        = "schema.unexpected"         // a value has another shape than documented
	CodeSchemaKeyMissing        = "schema.key_missing"        // a record has no key
	CodeCursorExpired           = "cursor.expired"            // the vendor no longer takes the cursor; see Output.Cursor
	CodeCursorInvalid           = "cursor.invalid"            // the cursor cannot be read
	CodeConfigInvalid           = "config.invalid"            // a setting is wrong; names which
	CodeLimitRecordTooLarge     = "limit.record_too_large"    // one record exceeds the limit
	CodeLimitMemory             = "limit.memory"              // the program used too much memory
	CodeLimitDeadline           = "limit.deadline"            // the run's time ran out
	CodeProtocolViolation       = "protocol.violation"        // the other side broke the protocol
	CodeInternalPanic           = "internal.panic"            // the connector crashed
	CodeInternalBug             = "internal.bug"              // the connector is wrong
	CodeCancelled               = "cancelled"                 // the host asked to stop
)
