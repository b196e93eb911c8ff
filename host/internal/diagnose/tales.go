package diagnose

import "github.com/plumbline-dev/plumbline/host"

// tale is how a cause is told. Texts hold {vendor}, {alias}, {said}, {permissions},
// {needed}, {when}, {changed} and {hosts}; words.go fills them in. A fix with the text
// {own} is the remedy that the problem itself brings.
type tale struct {
	title        string
	sentence     string
	who          host.ActingParty
	inconclusive bool
	fixes        []fix
	more         []string // what would make the cause certain
}

// fix is one remedy. Guide names the words that a step of the setup guide is found by.
type fix struct {
	text   string
	who    host.ActingParty
	action host.Helping
	guide  string
}

// The remedies that several causes share.
var (
	own       = fix{text: "{own}", who: host.ActYou, action: host.HelpEdit}
	again     = fix{text: "Sync again.", who: host.ActYou, action: host.HelpSync}
	nothing   = fix{text: "Nothing needs to be done: the next run tries again.", who: host.ActNobody, action: host.HelpRead}
	watch     = fix{text: "Check the status page of {vendor} before you change anything here.", who: host.ActYou, action: host.HelpRead}
	report    = fix{text: "Report this with the run's log to the author of the connector.", who: host.ActYou, action: host.HelpRead}
	update    = fix{text: "Install a newer version of the connector when there is one.", who: host.ActYou, action: host.HelpRead}
	newSecret = fix{text: "Make a new credential at {vendor} and enter it here.", who: host.ActYou, action: host.HelpEdit,
		guide: "key|token|credential|secret"}
)

// tales is how each cause is told.
var tales = map[host.CauseID]tale{
	host.CauseCredentialExpired: {
		"The credential no longer works", "{vendor} refuses the credential of {alias}, which it took {when}. It has run out, or it was " +
			"withdrawn at {vendor}.",
		host.ActYou, false, []fix{newSecret, {"If you may not make one, ask an administrator of {vendor}.", host.ActVendorAdmin, "", ""}, again},
		[]string{"{vendor}'s list of keys or tokens says whether this one ran out or was revoked."},
	},
	host.CauseCredentialWrong: {
		"The credential is not right", "{vendor} refuses the credential that {alias} has now{changed}.",
		host.ActYou, false, []fix{{"Enter the credential again, whole and without spaces around it.", host.ActYou, host.HelpEdit,
			"key|token|credential|secret"}, own, newSecret},
		[]string{"A test of the connection before it is saved shows whether {vendor} takes the credential."},
	},
	host.CauseConsentWithdrawn: {
		"The consent was withdrawn", "{vendor} says that the access of {alias} was withdrawn, or that a person has to sign in again.",
		host.ActVendorAdmin, false, []fix{{"{own}", host.ActVendorAdmin, host.HelpEdit, "consent|allow|install|authori|token|key"}, again}, nil,
	},
	host.CausePermissionMissing: {
		"A permission is missing", "{vendor} does not let the credential of {alias} read {needed}: {permissions} is not granted.",
		host.ActVendorAdmin, false, []fix{{"Grant {permissions} at {vendor}, and sync again.", host.ActVendorAdmin, host.HelpSync,
			"permission|scope|role|grant|right"}, own}, nil,
	},
	host.CausePlanLimit: {
		"The plan of {vendor} does not include this", "{vendor} says that the company's plan does not include what the connector asks for: " +
			"{said}.",
		host.ActVendorAdmin, false, []fix{{"Ask {vendor} which plan includes it.", host.ActVendorAdmin, "", ""},
			{"Leave this part out in the settings of {alias}, if they allow it.", host.ActYou, host.HelpEdit, ""}}, nil,
	},
	host.CauseTenantWrong: {
		"The address is not the company's", "{vendor} has nothing at the address, site or tenant in the settings of {alias}{changed}.",
		host.ActYou, false, []fix{{"Compare the address, site or tenant in the settings with the one in your browser when you are signed in " +
			"at {vendor}.",
			host.ActYou, host.HelpEdit, "address|site|domain|tenant|url|workspace|organi"}, own},
		[]string{"Opening the address in a browser shows whether {vendor} answers there."},
	},
	host.CauseSettingWrong: {
		"A setting is not right", "A setting of {alias} is not one that {vendor} takes: {said}.",
		host.ActYou, false, []fix{own, again}, nil,
	},
	host.CauseAddressBlocked: {
		"{vendor} does not let this network in", "{vendor} refuses requests from the address of this machine: an allow-list or a firewall " +
			"keeps it out. The credential may be right.",
		host.ActVendorAdmin, false, []fix{{"Add the public address of this machine to the allow-list of {vendor}.", host.ActVendorAdmin,
			host.HelpSync, "network|address|allow"},
			{"If no allow-list is set, ask {vendor} why its firewall blocks the address.", host.ActVendorAdmin, "", ""}, again},
		[]string{"The same request from another network would be answered."},
	},
	host.CauseClockSkew: {
		"The clock of this machine is wrong", "{vendor} refuses a signature or a certificate whose time does not agree with this machine's " +
			"clock.",
		host.ActYou, false, []fix{{"Set the clock of this machine, and have it synchronised with a time server.", host.ActYou, host.HelpSync,
			""}, again},
		[]string{"`plumbline doctor` shows the time of this machine; compare it with another clock."},
	},
	host.CauseNetworkDNS: {
		"A name does not resolve", "This machine cannot find {hosts}: the name does not exist, or the name service does not answer.",
		host.ActYou, false, []fix{{"Check the host name in the settings of {alias}, then the name service of this machine.", host.ActYou,
			host.HelpEdit, ""}, again},
		[]string{"Whether another machine resolves the name tells the two apart."},
	},
	host.CauseNetworkConnect: {
		"{vendor} cannot be reached", "This machine gets no connection to {hosts}.",
		host.ActYou, false, []fix{{"Check that this machine may reach {hosts}, also through any firewall.", host.ActYou, host.HelpSync, ""},
			watch, again},
		[]string{"Whether another network reaches {hosts} tells a firewall from an outage."},
	},
	host.CauseNetworkProxy: {
		"The company's proxy does not let it through", "A proxy between this machine and {hosts} refuses the request or answers it itself.",
		host.ActYou, false, []fix{{"Let {hosts} through the proxy, and check the proxy's sign-in.", host.ActYou, host.HelpSync, ""}, again}, nil,
	},
	host.CauseTLSIntercepted: {
		"A proxy replaces the certificate of {vendor}", "The certificate that answers for {hosts} comes from an authority that this machine " +
			"does not know. A proxy that inspects traffic does that, or the server has a certificate of its own authority.",
		host.ActYou, false, []fix{{"Exempt {hosts} from inspection, or have this machine trust the proxy's authority.", host.ActYou,
			host.HelpSync, ""},
			{"If the server is the company's own, have this machine trust the company's authority.", host.ActYou, "", ""}, again},
		[]string{"The issuer of the certificate, which a browser on this machine shows, names the proxy."},
	},
	host.CauseTLSCertificate: {
		"The certificate of {vendor} is not valid", "No trusted TLS connection to {hosts} is possible: {said}.",
		host.ActYou, true, []fix{{"Check the certificate of {hosts} in a browser, and the clock of this machine.", host.ActYou, host.HelpRead,
			""}, watch, again}, nil,
	},
	host.CauseRateLimit: {
		"{vendor} limits the requests", "{vendor} allows no more requests for now. Other programs that use the same account count too.",
		host.ActNobody, true, []fix{nothing, {"If it keeps happening, sync less often.", host.ActYou, host.HelpEdit, ""}}, nil,
	},
	host.CauseQuotaUsed: {
		"The quota at {vendor} is used up", "The number of requests that {vendor} allows in a day or a month is used up.",
		host.ActNobody, true, []fix{{"Wait until the quota resets; the next run tries again.", host.ActNobody, host.HelpRead, ""},
			{"Sync less often, or ask {vendor} for more.", host.ActYou, host.HelpEdit, ""}}, nil,
	},
	host.CauseVendorOutage: {
		"{vendor} does not work at the moment", "{vendor} was reached and failed to answer as it should. This says nothing about the " +
			"company's systems.",
		host.ActVendor, true, []fix{nothing, watch}, []string{"A sync in an hour shows whether it has passed."},
	},
	host.CauseVendorMaintenance: {
		"{vendor} is being maintained", "{vendor} reports maintenance. This says nothing about the company's systems.",
		host.ActVendor, true, []fix{nothing, watch}, nil,
	},
	host.CauseAnswerChanged: {
		"{vendor} answers otherwise than documented", "An answer of {vendor} does not have the form that the connector knows: {said}.",
		host.ActAuthor, true, []fix{update, report, watch}, []string{"The run's log has the address that was asked."},
	},
	host.CauseItemVanished: {
		"Something was deleted while it was read", "An item was deleted at {vendor} between the list and its details.",
		host.ActNobody, true, []fix{nothing}, nil,
	},
	host.CauseCursorExpired: {
		"{vendor} forgot how far the last run came", "{vendor} does not go on from where the last run ended, so everything is read again.",
		host.ActNobody, true, []fix{nothing}, nil,
	},
	host.CauseHostUndeclared: {
		"The connector asks for an undeclared host", "The connector asked for a host that it does not declare, so Plumbline did not let it " +
			"out: {said}.",
		host.ActAuthor, true, []fix{{"{own}", host.ActAuthor, host.HelpRead, ""}, report}, nil,
	},
	host.CauseConnectorBug: {
		"The connector has a bug", "The connector failed on its own: {said}. This says nothing about the company's systems.",
		host.ActAuthor, true, []fix{update, report}, nil,
	},
	host.CauseConnectorGone: {
		"The connector is not installed", "The program that reads {vendor} is not on this machine: {said}.",
		host.ActYou, false, []fix{{"Install the connector {connector} again, or put its program back.", host.ActYou, host.HelpRead, ""},
			again}, nil,
	},
	host.CauseConnectorRefused: {
		"The connector's program is not started", "Plumbline does not start the connector's program: {said}.",
		host.ActYou, false, []fix{{"{own}", host.ActYou, host.HelpRead, ""}}, nil,
	},
	host.CauseResourceLimit: {
		"A limit of this machine was reached", "The run took more than it may: {said}.",
		host.ActYou, false, []fix{{"{own}", host.ActYou, host.HelpRead, ""}, again}, nil,
	},
	host.CauseRunTime: {
		"The run took longer than it may", "{said}. What was read is kept.",
		host.ActYou, false, []fix{{"{own}", host.ActYou, host.HelpSync, ""}, {"Allow the runs of {alias} more time.", host.ActYou, host.HelpEdit,
			""}}, nil,
	},
	host.CauseRunCancelled: {
		"The run was cancelled", "A person cancelled the run. What was read is kept.",
		host.ActYou, false, []fix{{"Sync again when you want it to go on.", host.ActYou, host.HelpSync, ""}}, nil,
	},
	host.CauseHostStopped: {
		"Plumbline stopped in the middle of the run", "Plumbline or the machine stopped while the run went on. What was read is kept.",
		host.ActNobody, true, []fix{{"Nothing needs to be done: the next run goes on from what is stored.", host.ActNobody, host.HelpSync,
			""}}, nil,
	},
	host.CauseStoreFull: {
		"The disk is full", "There is no room on the disk of this machine to store what is read.",
		host.ActYou, false, []fix{{"Free space on the disk that holds Plumbline's data, and sync again.", host.ActYou, host.HelpSync, ""},
			own}, nil,
	},
	host.CauseHostBug: {
		"Plumbline itself failed", "Plumbline failed: {said}. This says nothing about the company's systems.",
		host.ActPlumbline, true, []fix{{"{own}", host.ActYou, host.HelpRead, ""}}, nil,
	},
	host.CauseRemovalHeld: {
		"Removals wait for you", "{said}.",
		host.ActYou, false, []fix{{"Read the names and decide whether these records are gone.", host.ActYou, host.HelpDecide, ""}, own}, nil,
	},
	host.CauseUnknown: {
		"The cause is not known", "The run failed, and nothing that is known says why{colonSaid}.",
		host.ActNobody, true, []fix{again, report},
		[]string{"The run's log, from the first warning on.", "A test of the connection, which tries each permission by itself.",
			"Whether the next run fails at the same step."},
	},
}
