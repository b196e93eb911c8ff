package diagnose

import (
	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
)

// rule takes a failure to its cause. Codes are those of the taxonomy in package sdk and of
// package host; "auth.*" stands for the family. A rule fits a failure that has one of its
// codes and meets all its conditions. The first rule that fits counts.
type rule struct {
	codes []string
	when  []condition
	cause diagnosis.CauseID
	sure  diagnosis.Confidence
}

func codes(list ...string) []string      { return list }
func when(list ...condition) []condition { return list }

// refusals are the codes with which a vendor refuses a request whose form it understands.
func refusals() []string {
	return codes("auth.*", "permission.*", "config.invalid", "notfound.endpoint", "upstream.invalid_response")
}

const (
	certain  = diagnosis.ConfidenceCertain
	likely   = diagnosis.ConfidenceLikely
	possible = diagnosis.ConfidencePossible
)

// rules is the table, in the order in which its rows are tried.
var rules = []rule{
	// The host's own.
	{codes("disk.full"), nil, diagnosis.CauseStoreFull, certain},
	{codes("cancelled"), nil, diagnosis.CauseRunCancelled, certain},
	{codes("interrupted"), nil, diagnosis.CauseHostStopped, certain},
	{codes("removal.*"), nil, diagnosis.CauseRemovalHeld, certain},
	{codes("connector.missing", "not_found", "connector.not_a_connector"), nil, diagnosis.CauseConnectorGone, certain},
	{codes("connector.quarantined"), nil, diagnosis.CauseConnectorBug, certain},
	{codes("connector.changed", "connector.files", "connector.start", "connector.development"), nil, diagnosis.CauseConnectorRefused, certain},
	{codes("store.memory"), nil, diagnosis.CauseResourceLimit, certain},
	{codes("connector.limit", "limit.memory"), nil, diagnosis.CauseResourceLimit, certain},
	{codes("store.*"), nil, diagnosis.CauseHostBug, certain},
	{codes("internal.bug"), when(faultOf(host.FaultHost)), diagnosis.CauseHostBug, likely},

	// The vendor names the cause in its own words, which say more than its status.
	{refusals(), when(says(clockWords)), diagnosis.CauseClockSkew, likely},
	{codes("network.tls"), when(says(expiryWords), failsElsewhere("network.tls")), diagnosis.CauseClockSkew, likely},
	{refusals(), when(says(addressWords)), diagnosis.CauseAddressBlocked, certain},
	{refusals(), when(says(firewallWords)), diagnosis.CauseAddressBlocked, likely},
	{codes("permission.licence"), nil, diagnosis.CausePlanLimit, certain},
	{refusals(), when(says(quotaWords)), diagnosis.CauseQuotaUsed, likely},
	{refusals(), when(says(rateWords)), diagnosis.CauseRateLimit, likely},
	{codes("auth.*", "permission.*"), when(says(planWords)), diagnosis.CausePlanLimit, likely},

	// The credential.
	{codes("auth.reauth_required"), nil, diagnosis.CauseConsentWithdrawn, certain},
	{codes("auth.expired"), nil, diagnosis.CauseCredentialExpired, certain},
	{codes("auth.*"), when(says(withdrawnWords)), diagnosis.CauseConsentWithdrawn, likely},
	{codes("auth.*"), when(says(expiryWords)), diagnosis.CauseCredentialExpired, likely},
	{codes("auth.invalid"), when(changed(ChangedCredential)), diagnosis.CauseCredentialWrong, likely},
	{codes("auth.invalid"), when(changed(ChangedSetting)), diagnosis.CauseTenantWrong, possible},
	{codes("auth.invalid"), when(worked), diagnosis.CauseCredentialExpired, likely},
	{codes("auth.invalid"), nil, diagnosis.CauseCredentialWrong, likely},

	// Permissions.
	{codes("permission.missing"), when(namesPermission), diagnosis.CausePermissionMissing, certain},
	{codes("permission.missing"), nil, diagnosis.CausePermissionMissing, likely},

	// Settings.
	{codes("notfound.endpoint"), when(says(unknownTenantWords)), diagnosis.CauseTenantWrong, likely},
	{codes("notfound.endpoint"), when(worked, changed(ChangedSetting)), diagnosis.CauseTenantWrong, likely},
	{codes("notfound.endpoint"), when(worked, othersRead), diagnosis.CauseAnswerChanged, likely},
	{codes("notfound.endpoint"), when(status(410)), diagnosis.CauseAnswerChanged, likely},
	{codes("notfound.endpoint"), when(worked), diagnosis.CauseAnswerChanged, possible}, // settings that worked and stayed are right
	{codes("notfound.endpoint"), nil, diagnosis.CauseTenantWrong, likely},
	{codes("config.invalid"), when(says(unknownTenantWords)), diagnosis.CauseTenantWrong, likely},
	{codes("config.invalid"), nil, diagnosis.CauseSettingWrong, certain},

	// The network.
	{codes("network.proxy"), nil, diagnosis.CauseNetworkProxy, certain},
	{codes("network.dns"), when(worked), diagnosis.CauseNetworkDNS, certain},
	{codes("network.dns"), when(changed(ChangedSetting)), diagnosis.CauseNetworkDNS, likely},
	{codes("network.dns"), nil, diagnosis.CauseNetworkDNS, certain},
	{codes("network.tls"), when(says(authorityWords), takesAuthority, neverWorked), diagnosis.CauseTLSAuthority, likely},
	{codes("network.tls"), when(says(authorityWords), takesAuthority, changed(ChangedSetting)), diagnosis.CauseTLSAuthority, likely},
	{codes("network.tls"), when(says(authorityWords)), diagnosis.CauseTLSIntercepted, likely},
	{codes("network.tls"), nil, diagnosis.CauseTLSCertificate, likely},
	{codes("network.connect", "network.timeout"), when(failsElsewhere("network.*")), diagnosis.CauseNetworkConnect, likely},
	{codes("network.connect", "network.timeout"), when(reached), diagnosis.CauseVendorOutage, possible},
	{codes("network.connect", "network.timeout"), nil, diagnosis.CauseNetworkConnect, likely},
	{codes("network.denied"), nil, diagnosis.CauseHostUndeclared, certain},

	// Limits.
	{codes("rate.quota_exhausted"), nil, diagnosis.CauseQuotaUsed, certain},
	{codes("rate.*"), when(says(quotaWords)), diagnosis.CauseQuotaUsed, likely},
	{codes("rate.*"), nil, diagnosis.CauseRateLimit, certain},
	{codes("limit.deadline"), when(waitedMost), diagnosis.CauseRateLimit, likely},
	{codes("limit.deadline"), nil, diagnosis.CauseRunTime, certain},

	// The vendor.
	{codes("upstream.maintenance"), nil, diagnosis.CauseVendorMaintenance, certain},
	{codes("upstream.5xx"), when(says(maintenanceWords)), diagnosis.CauseVendorMaintenance, likely},
	{codes("upstream.5xx"), nil, diagnosis.CauseVendorOutage, certain},
	{codes("upstream.invalid_response"), when(says(brokenWords)), diagnosis.CauseVendorOutage, likely},
	{codes("upstream.invalid_response"), when(says(webPageWords), neverWorked), diagnosis.CauseTenantWrong, possible},
	{codes("upstream.invalid_response"), when(says(webPageWords)), diagnosis.CauseNetworkProxy, possible},
	{codes("upstream.invalid_response"), when(changed(ChangedProgram)), diagnosis.CauseConnectorBug, likely},
	{codes("upstream.invalid_response"), when(changed(ChangedSetting)), diagnosis.CauseSettingWrong, possible},
	{codes("upstream.invalid_response"), when(worked), diagnosis.CauseAnswerChanged, likely},
	{codes("upstream.invalid_response"), nil, diagnosis.CauseAnswerChanged, possible},
	{codes("schema.*"), when(changed(ChangedProgram)), diagnosis.CauseConnectorBug, likely},
	{codes("schema.*"), nil, diagnosis.CauseAnswerChanged, likely},
	{codes("notfound.resource"), nil, diagnosis.CauseItemVanished, certain},
	{codes("cursor.*"), nil, diagnosis.CauseCursorExpired, certain},

	// The connector.
	{codes("internal.*", "protocol.violation", "connector.exited", "limit.record_too_large"), nil, diagnosis.CauseConnectorBug, certain},
}
