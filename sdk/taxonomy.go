package sdk

import (
	"maps"
	"slices"
	"strings"
)

// errorDefaults are the fault, retry class and remedy of a code.
type errorDefaults struct {
	fault  Fault
	retry  Retry
	remedy string
}

// defaultsOf returns the defaults of a code. An unknown code counts as a mistake of the connector,
// so that the customer does not have to act.
func defaultsOf(code string) errorDefaults {
	d, ok := taxonomy()[code]
	if !ok {
		return taxonomy()[CodeInternalBug]
	}
	return d
}

// Codes returns every code of the taxonomy, in no particular order.
func Codes() []string { return slices.Collect(maps.Keys(taxonomy())) }

func taxonomy() map[string]errorDefaults {
	const (
		report = "Report this with the run's log to the author of the connector."
		later  = "Nothing needs to be done: the next run tries again."
	)
	return map[string]errorDefaults{
		CodeAuthInvalid:        {FaultCustomer, RetryWhenCredentialChanges, "Enter a valid credential."},
		CodeAuthExpired:        {FaultCustomer, RetryWhenCredentialChanges, "Enter a new credential: the old one has run out."},
		CodeAuthReauthRequired: {FaultCustomer, RetryWhenCredentialChanges, "Sign in again to renew the consent."},
		CodePermissionMissing:  {FaultCustomer, RetryWhenCredentialChanges, "Grant the missing permission and sync again."},
		CodePermissionLicence:  {FaultCustomer, RetryWhenConfigChanges, "Ask the vendor which plan includes this, or leave this part out."},
		CodeRateLimited:        {FaultUpstream, RetryAfter, later},
		CodeRateQuotaExhausted: {FaultUpstream, RetryAfter, "Wait until the quota resets, or sync less often."},
		CodeNotFoundResource:   {FaultUpstream, RetryAfter, later},
		CodeNotFoundEndpoint:   {FaultCustomer, RetryWhenConfigChanges, "Check the address, site or tenant in the settings."},
		CodeNetworkDNS:         {FaultNetwork, RetryAfter, "Check the host name in the settings and this machine's name service."},
		CodeNetworkConnect:     {FaultNetwork, RetryAfter, "Check that this machine can reach the host and port, also through any firewall."},
		CodeNetworkTLS:         {FaultNetwork, RetryAfter, "Check the host's certificate, and whether a proxy replaces it."},
		CodeNetworkTimeout:     {FaultNetwork, RetryAfter, "Check that the host answers from this machine, and try again."},
		CodeNetworkProxy:       {FaultNetwork, RetryAfter, "Check the proxy and whether it lets this host through."},
		CodeNetworkDenied: {FaultConnector, RetryNever, "If this host belongs to the system, ask the connector's author to declare it; " +
			"otherwise report the connection to the author."},
		CodeUpstream5xx:         {FaultUpstream, RetryAfter, "Wait for the vendor to recover; the next run tries again."},
		CodeUpstreamMaintenance: {FaultUpstream, RetryAfter, "Wait until the vendor's maintenance is over."},
		CodeUpstreamInvalidResponse: {FaultUpstream, RetryAfter,
			"Check that the address belongs to the vendor's API and that no proxy answers instead."},
		CodeSchemaUnexpected:    {FaultConnector, RetryNever, report},
		CodeSchemaKeyMissing:    {FaultConnector, RetryNever, report},
		CodeCursorExpired:       {FaultUpstream, RetryAfter, "Nothing needs to be done: the next run reads everything again."},
		CodeCursorInvalid:       {FaultConnector, RetryAfter, "Nothing needs to be done: the next run reads everything again."},
		CodeConfigInvalid:       {FaultCustomer, RetryWhenConfigChanges, "Correct the settings of the connection."},
		CodeLimitRecordTooLarge: {FaultConnector, RetryNever, report},
		CodeLimitMemory:         {FaultConnector, RetryAfter, "Allow the connector more memory."},
		CodeLimitDeadline:       {FaultConnector, RetryAfter, "Allow the run more time, or wait for the next run, which continues from here."},
		CodeProtocolViolation:   {FaultConnector, RetryNever, report},
		CodeInternalPanic:       {FaultConnector, RetryAfter, report},
		CodeInternalBug:         {FaultConnector, RetryAfter, report},
		CodeCancelled:           {FaultHost, RetryAfter, "Start the sync again when it suits you."},
	}
}

// settingName returns the first name in a JSON pointer.
func settingName(pointer string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
}
