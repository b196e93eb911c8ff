package diagnose

import (
	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
)

// tale is how a cause is told. Texts hold {vendor}, {alias}, {said}, {permissions},
// {needed}, {when}, {changed}, {hosts} and {authority}; words.go fills them in. A fix with the text
// {own} is the remedy that the problem itself brings.
type tale struct {
	title        string
	sentence     string
	who          diagnosis.ActingParty
	inconclusive bool
	fixes        []fix
	more         []string // what would make the cause certain
}

// fix is one remedy. Guide names the words that a step of the setup guide is found by.
type fix struct {
	text   string
	who    diagnosis.ActingParty
	action host.Helping
	guide  string
}

// The remedies that several causes share.
var (
	own       = fix{text: "{own}", who: diagnosis.ActYou, action: host.HelpEdit}
	again     = fix{text: "Sync again.", who: diagnosis.ActYou, action: host.HelpSync}
	nothing   = fix{text: "Nothing needs to be done: the next run tries again.", who: diagnosis.ActNobody, action: host.HelpRead}
	watch     = fix{text: "Check the status page of {vendor} before you change anything here.", who: diagnosis.ActYou, action: host.HelpRead}
	report    = fix{text: "Report this with the run's log to the author of the connector.", who: diagnosis.ActYou, action: host.HelpRead}
	update    = fix{text: "Install a newer version of the connector when there is one.", who: diagnosis.ActYou, action: host.HelpRead}
	newSecret = fix{text: "Make a new credential at {vendor} and enter it here.", who: diagnosis.ActYou, action: host.HelpEdit,
		guide: "key|token|credential|secret"}
)

// tales is how each cause is told.
var tales = map[diagnosis.CauseID]tale{
	diagnosis.CauseCredentialExpired: {
		"The credential no longer works", "{vendor} refuses the credential of {alias}, which it took {when}. It has run out, or it was " +
			"withdrawn at {vendor}.",
		diagnosis.ActYou, false, []fix{newSecret, {"If you may not make one, ask an administrator of {vendor}.", diagnosis.ActVendorAdmin, "",
			""}, again},
		[]string{"{vendor}'s list of keys or tokens says whether this one ran out or was revoked."},
	},
	diagnosis.CauseCredentialWrong: {
		"The credential is not right", "{vendor} refuses the credential that {alias} has now{changed}.",
		diagnosis.ActYou, false, []fix{{"Enter the credential again, whole and without spaces around it.", diagnosis.ActYou, host.HelpEdit,
			"key|token|credential|secret"}, own, newSecret},
		[]string{"A test of the connection before it is saved shows whether {vendor} takes the credential."},
	},
	diagnosis.CauseConsentWithdrawn: {
		"The consent was withdrawn", "{vendor} says that the access of {alias} was withdrawn, or that a person has to sign in again.",
		diagnosis.ActVendorAdmin, false, []fix{{"{own}", diagnosis.ActVendorAdmin, host.HelpEdit, "consent|allow|install|authori|token|key"},
			again}, nil,
	},
	diagnosis.CausePermissionMissing: {
		"A permission is missing", "{vendor} does not let the credential of {alias} read {needed}: {permissions} is not granted.",
		diagnosis.ActVendorAdmin, false, []fix{{"Grant {permissions} at {vendor}, and sync again.", diagnosis.ActVendorAdmin, host.HelpSync,
			"permission|scope|role|grant|right"}, own}, nil,
	},
	diagnosis.CausePlanLimit: {
		"The plan of {vendor} does not include this", "{vendor} says that the company's plan does not include what the connector asks for: " +
			"{said}.",
		diagnosis.ActVendorAdmin, false, []fix{{"Ask {vendor} which plan includes it.", diagnosis.ActVendorAdmin, "", ""},
			{"Leave this part out in the settings of {alias}, if they allow it.", diagnosis.ActYou, host.HelpEdit, ""}}, nil,
	},
	diagnosis.CauseTenantWrong: {
		"The address is not the company's", "{vendor} has nothing at the address, site or tenant in the settings of {alias}{changed}.",
		diagnosis.ActYou, false, []fix{{"Compare the address, site or tenant in the settings with the one in your browser when you are signed " +
			"in " +
			"at {vendor}.",
			diagnosis.ActYou, host.HelpEdit, "address|site|domain|tenant|url|workspace|organi"}, own},
		[]string{"Opening the address in a browser shows whether {vendor} answers there."},
	},
	diagnosis.CauseSettingWrong: {
		"A setting is not right", "A setting of {alias} is not one that {vendor} takes: {said}.",
		diagnosis.ActYou, false, []fix{own, again}, nil,
	},
	diagnosis.CauseAddressBlocked: {
		"{vendor} does not let this network in", "{vendor} refuses requests from the address of this machine: an allow-list or a firewall " +
			"keeps it out. The credential may be right.",
		diagnosis.ActVendorAdmin, false, []fix{{"Add the public address of this machine to the allow-list of {vendor}.", diagnosis.ActVendorAdmin,
			host.HelpSync, "network|address|allow"},
			{"If no allow-list is set, ask {vendor} why its firewall blocks the address.", diagnosis.ActVendorAdmin, "", ""}, again},
		[]string{"The same request from another network would be answered."},
	},
	diagnosis.CauseClockSkew: {
		"The clock of this machine is wrong", "{vendor} refuses a signature or a certificate whose time does not agree with this machine's " +
			"clock.",
		diagnosis.ActYou, false, []fix{{"Set the clock of this machine, and have it synchronised with a time server.", diagnosis.ActYou,
			host.HelpSync,
			""}, again},
		[]string{"`plumbline doctor` shows the time of this machine; compare it with another clock."},
	},
	diagnosis.CauseNetworkDNS: {
		"A name does not resolve", "This machine cannot find {hosts}: the name does not exist, or the name service does not answer.",
		diagnosis.ActYou, false, []fix{{"Check the host name in the settings of {alias}, then the name service of this machine.",
			diagnosis.ActYou,
			host.HelpEdit, ""}, again},
		[]string{"Whether another machine resolves the name tells the two apart."},
	},
	diagnosis.CauseNetworkConnect: {
		"{vendor} cannot be reached", "This machine gets no connection to {hosts}.",
		diagnosis.ActYou, false, []fix{{"Check that this machine may reach {hosts}, also through any firewall.", diagnosis.ActYou, host.HelpSync,
			""},
			watch, again},
		[]string{"Whether another network reaches {hosts} tells a firewall from an outage."},
	},
	diagnosis.CauseNetworkProxy: {
		"The company's proxy does not let it through", "A proxy between this machine and {hosts} refuses the request or answers it itself.",
		diagnosis.ActYou, false, []fix{{"Let {hosts} through the proxy, and check the proxy's sign-in.", diagnosis.ActYou, host.HelpSync, ""},
			again}, nil,
	},
	diagnosis.CauseTLSIntercepted: {
		"A proxy replaces the certificate of {vendor}", "The certificate that answers for {hosts} comes from an authority that this machine " +
			"does not know. A proxy that inspects traffic does that, or the server has a certificate of its own authority.",
		diagnosis.ActYou, false, []fix{{"Exempt {hosts} from inspection, or have this machine trust the proxy's authority.", diagnosis.ActYou,
			host.HelpSync, ""},
			{"If the server is the company's own, have this machine trust the company's authority.", diagnosis.ActYou, "", ""}, again},
		[]string{"The issuer of the certificate, which a browser on this machine shows, names the proxy."},
	},
	diagnosis.CauseTLSCertificate: {
		"The certificate of {vendor} is not valid", "No trusted TLS connection to {hosts} is possible: {said}.",
		diagnosis.ActYou, true, []fix{{"Check the certificate of {hosts} in a browser, and the clock of this machine.", diagnosis.ActYou,
			host.HelpRead,
			""}, watch, again}, nil,
	},
	diagnosis.CauseTLSAuthority: {
		"The authority of the certificate is not known", "The certificate that {alias} is shown comes from an authority that neither this " +
			"machine nor the settings name{changed}.",
		diagnosis.ActYou, false, []fix{{"Enter the certificate of the authority that signed the server's in the setting \"{authority}\".",
			diagnosis.ActYou, host.HelpEdit, "certificate|encrypt|tls"},
			{"Ask whoever runs the server for the certificate of its authority.", diagnosis.ActVendorAdmin, "", ""}, again},
		[]string{"The issuer of the server's certificate tells the company's own authority from a proxy that inspects traffic."},
	},
	diagnosis.CauseRateLimit: {
		"{vendor} limits the requests", "{vendor} allows no more requests for now. Other programs that use the same account count too.",
		diagnosis.ActNobody, true, []fix{nothing, {"If it keeps happening, sync less often.", diagnosis.ActYou, host.HelpEdit, ""}}, nil,
	},
	diagnosis.CauseQuotaUsed: {
		"The quota at {vendor} is used up", "The number of requests that {vendor} allows in a day or a month is used up.",
		diagnosis.ActNobody, true, []fix{{"Wait until the quota resets; the next run tries again.", diagnosis.ActNobody, host.HelpRead, ""},
			{"Sync less often, or ask {vendor} for more.", diagnosis.ActYou, host.HelpEdit, ""}}, nil,
	},
	diagnosis.CauseVendorOutage: {
		"{vendor} does not work at the moment", "{vendor} was reached and failed to answer as it should. This says nothing about the " +
			"company's systems.",
		diagnosis.ActVendor, true, []fix{nothing, watch}, []string{"A sync in an hour shows whether it has passed."},
	},
	diagnosis.CauseVendorMaintenance: {
		"{vendor} is being maintained", "{vendor} reports maintenance. This says nothing about the company's systems.",
		diagnosis.ActVendor, true, []fix{nothing, watch}, nil,
	},
	diagnosis.CauseAnswerChanged: {
		"{vendor} answers otherwise than documented", "An answer of {vendor} does not have the form that the connector knows: {said}.",
		diagnosis.ActAuthor, true, []fix{update, report, watch}, []string{"The run's log has the address that was asked."},
	},
	diagnosis.CauseItemVanished: {
		"Something was deleted while it was read", "An item was deleted at {vendor} between the list and its details.",
		diagnosis.ActNobody, true, []fix{nothing}, nil,
	},
	diagnosis.CauseCursorExpired: {
		"{vendor} forgot how far the last run came", "{vendor} does not go on from where the last run ended, so everything is read again.",
		diagnosis.ActNobody, true, []fix{nothing}, nil,
	},
	diagnosis.CauseHostUndeclared: {
		"The connector asks for an undeclared host", "The connector asked for a host that it does not declare, so Plumbline did not let it " +
			"out: {said}.",
		diagnosis.ActAuthor, true, []fix{{"{own}", diagnosis.ActAuthor, host.HelpRead, ""}, report}, nil,
	},
	diagnosis.CauseConnectorBug: {
		"The connector has a bug", "The connector failed on its own: {said}. This says nothing about the company's systems.",
		diagnosis.ActAuthor, true, []fix{update, report}, nil,
	},
	diagnosis.CauseConnectorGone: {
		"The connector is not installed", "The program that reads {vendor} is not on this machine: {said}.",
		diagnosis.ActYou, false, []fix{{"Install the connector {connector} again, or put its program back.", diagnosis.ActYou, host.HelpRead, ""},
			again}, nil,
	},
	diagnosis.CauseConnectorRefused: {
		"The connector's program is not started", "Plumbline does not start the connector's program: {said}.",
		diagnosis.ActYou, false, []fix{{"{own}", diagnosis.ActYou, host.HelpRead, ""}}, nil,
	},
	diagnosis.CauseResourceLimit: {
		"A limit of this machine was reached", "The run took more than it may: {said}.",
		diagnosis.ActYou, false, []fix{{"{own}", diagnosis.ActYou, host.HelpRead, ""}, again}, nil,
	},
	diagnosis.CauseRunTime: {
		"The run took longer than it may", "{said}. What was read is kept.",
		diagnosis.ActYou, false, []fix{{"{own}", diagnosis.ActYou, host.HelpSync, ""}, {"Allow the runs of {alias} more time.", diagnosis.ActYou,
			host.HelpEdit,
			""}}, nil,
	},
	diagnosis.CauseRunCancelled: {
		"The run was cancelled", "A person cancelled the run. What was read is kept.",
		diagnosis.ActYou, false, []fix{{"Sync again when you want it to go on.", diagnosis.ActYou, host.HelpSync, ""}}, nil,
	},
	diagnosis.CauseHostStopped: {
		"Plumbline stopped in the middle of the run", "Plumbline or the machine stopped while the run went on. What was read is kept.",
		diagnosis.ActNobody, true, []fix{{"Nothing needs to be done: the next run goes on from what is stored.", diagnosis.ActNobody,
			host.HelpSync,
			""}}, nil,
	},
	diagnosis.CauseStoreFull: {
		"The disk is full", "There is no room on the disk of this machine to store what is read.",
		diagnosis.ActYou, false, []fix{{"Free space on the disk that holds Plumbline's data, and sync again.", diagnosis.ActYou, host.HelpSync,
			""},
			own}, nil,
	},
	diagnosis.CauseHostBug: {
		"Plumbline itself failed", "Plumbline failed: {said}. This says nothing about the company's systems.",
		diagnosis.ActPlumbline, true, []fix{{"{own}", diagnosis.ActYou, host.HelpRead, ""}}, nil,
	},
	diagnosis.CauseRemovalHeld: {
		"Removals wait for you", "{said}.",
		diagnosis.ActYou, false, []fix{{"Read the names and decide whether these records are gone.", diagnosis.ActYou, host.HelpDecide, ""},
			own}, nil,
	},
	diagnosis.CauseUnknown: {
		"The cause is not known", "The run failed, and nothing that is known says why{colonSaid}.",
		diagnosis.ActNobody, true, []fix{again, report},
		[]string{"The run's log, from the first warning on.", "A test of the connection, which tries each permission by itself.",
			"Whether the next run fails at the same step."},
	},
}
