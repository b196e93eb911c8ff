package diagnose

import "github.com/plumbline-dev/plumbline/host"

// rule takes a failure to its cause. Codes are those of the taxonomy in package sdk and of
// package host; "auth.*" stands for the family. A rule fits a failure that has one of its
// codes and meets all its conditions. The first rule that fits counts.
type rule struct {
	codes []string
	when  []condition
	cause host.CauseID
	sure  host.Confidence
}

func codes(list ...string) []string      { return list }
func when(list ...condition) []condition { return list }

// refusals are the codes with which a vendor refuses a request whose form it understands.
func refusals() []string {
	return codes("auth.*", "permission.*", "config.invalid", "notfound.endpoint", "upstream.invalid_response")
}

const (
	certain  = host.ConfidenceCertain
	likely   = host.ConfidenceLikely
	possible = host.ConfidencePossible
)

// rules is the table, in the order in which its rows are tried.
var rules = []rule{
	// The host's own.
	{codes("disk.full"), nil, host.CauseStoreFull, certain},
	{codes("cancelled"), nil, host.CauseRunCancelled, certain},
	{codes("interrupted"), nil, host.CauseHostStopped, certain},
	{codes("removal.*"), nil, host.CauseRemovalHeld, certain},
	{codes("connector.missing", "not_found", "connector.not_a_connector"), nil, host.CauseConnectorGone, certain},
	{codes("connector.quarantined"), nil, host.CauseConnectorBug, certain},
	{codes("connector.changed", "connector.files", "connector.start", "connector.development"), nil, host.CauseConnectorRefused, certain},
	{codes("store.memory"), nil, host.CauseResourceLimit, certain},
	{codes("connector.limit", "limit.memory"), nil, host.CauseResourceLimit, certain},
	{codes("store.*"), nil, host.CauseHostBug, certain},
	{codes("internal.bug"), when(faultOf(host.FaultHost)), host.CauseHostBug, likely},

	// The vendor names the cause in its own words, which say more than its status.
	{refusals(), when(says(clockWords)), host.CauseClockSkew, likely},
	{codes("network.tls"), when(says(expiryWords), failsElsewhere("network.tls")), host.CauseClockSkew, likely},
	{refusals(), when(says(addressWords)), host.CauseAddressBlocked, certain},
	{refusals(), when(says(firewallWords)), host.CauseAddressBlocked, likely},
	{codes("permission.licence"), nil, host.CausePlanLimit, certain},
	{refusals(), when(says(quotaWords)), host.CauseQuotaUsed, likely},
	{refusals(), when(says(rateWords)), host.CauseRateLimit, likely},
	{codes("auth.*", "permission.*"), when(says(planWords)), host.CausePlanLimit, likely},

	// The credential.
	{codes("auth.reauth_required"), nil, host.CauseConsentWithdrawn, certain},
	{codes("auth.expired"), nil, host.CauseCredentialExpired, certain},
	{codes("auth.*"), when(says(withdrawnWords)), host.CauseConsentWithdrawn, likely},
	{codes("auth.*"), when(says(expiryWords)), host.CauseCredentialExpired, likely},
	{codes("auth.invalid"), when(changed(ChangedCredential)), host.CauseCredentialWrong, likely},
	{codes("auth.invalid"), when(changed(ChangedSetting)), host.CauseTenantWrong, possible},
	{codes("auth.invalid"), when(worked), host.CauseCredentialExpired, likely},
	{codes("auth.invalid"), nil, host.CauseCredentialWrong, likely},

	// Permissions.
	{codes("permission.missing"), when(namesPermission), host.CausePermissionMissing, certain},
	{codes("permission.missing"), nil, host.CausePermissionMissing, likely},

	// Settings.
	{codes("notfound.endpoint"), when(says(unknownTenantWords)), host.CauseTenantWrong, likely},
	{codes("notfound.endpoint"), when(worked, changed(ChangedSetting)), host.CauseTenantWrong, likely},
	{codes("notfound.endpoint"), when(worked, othersRead), host.CauseAnswerChanged, likely},
	{codes("notfound.endpoint"), when(status(410)), host.CauseAnswerChanged, likely},
	{codes("notfound.endpoint"), when(worked), host.CauseAnswerChanged, possible}, // settings that worked and stayed are right
	{codes("notfound.endpoint"), nil, host.CauseTenantWrong, likely},
	{codes("config.invalid"), when(says(unknownTenantWords)), host.CauseTenantWrong, likely},
	{codes("config.invalid"), nil, host.CauseSettingWrong, certain},

	// The network.
	{codes("network.proxy"), nil, host.CauseNetworkProxy, certain},
	{codes("network.dns"), when(worked), host.CauseNetworkDNS, certain},
	{codes("network.dns"), when(changed(ChangedSetting)), host.CauseNetworkDNS, likely},
	{codes("network.dns"), nil, host.CauseNetworkDNS, certain},
	{codes("network.tls"), when(says(authorityWords)), host.CauseTLSIntercepted, likely},
	{codes("network.tls"), nil, host.CauseTLSCertificate, likely},
	{codes("network.connect", "network.timeout"), when(failsElsewhere("network.*")), host.CauseNetworkConnect, likely},
	{codes("network.connect", "network.timeout"), when(reached), host.CauseVendorOutage, possible},
	{codes("network.connect", "network.timeout"), nil, host.CauseNetworkConnect, likely},
	{codes("network.denied"), nil, host.CauseHostUndeclared, certain},

	// Limits.
	{codes("rate.quota_exhausted"), nil, host.CauseQuotaUsed, certain},
	{codes("rate.*"), when(says(quotaWords)), host.CauseQuotaUsed, likely},
	{codes("rate.*"), nil, host.CauseRateLimit, certain},
	{codes("limit.deadline"), when(waitedMost), host.CauseRateLimit, likely},
	{codes("limit.deadline"), nil, host.CauseRunTime, certain},

	// The vendor.
	{codes("upstream.maintenance"), nil, host.CauseVendorMaintenance, certain},
	{codes("upstream.5xx"), when(says(maintenanceWords)), host.CauseVendorMaintenance, likely},
	{codes("upstream.5xx"), nil, host.CauseVendorOutage, certain},
	{codes("upstream.invalid_response"), when(says(brokenWords)), host.CauseVendorOutage, likely},
	{codes("upstream.invalid_response"), when(says(webPageWords), neverWorked), host.CauseTenantWrong, possible},
	{codes("upstream.invalid_response"), when(says(webPageWords)), host.CauseNetworkProxy, possible},
	{codes("upstream.invalid_response"), when(changed(ChangedProgram)), host.CauseConnectorBug, likely},
	{codes("upstream.invalid_response"), when(changed(ChangedSetting)), host.CauseSettingWrong, possible},
	{codes("upstream.invalid_response"), when(worked), host.CauseAnswerChanged, likely},
	{codes("upstream.invalid_response"), nil, host.CauseAnswerChanged, possible},
	{codes("schema.*"), when(changed(ChangedProgram)), host.CauseConnectorBug, likely},
	{codes("schema.*"), nil, host.CauseAnswerChanged, likely},
	{codes("notfound.resource"), nil, host.CauseItemVanished, certain},
	{codes("cursor.*"), nil, host.CauseCursorExpired, certain},

	// The connector.
	{codes("internal.*", "protocol.violation", "connector.exited", "limit.record_too_large"), nil, host.CauseConnectorBug, certain},
}
