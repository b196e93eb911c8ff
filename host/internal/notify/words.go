package notify

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/notification"
)

const (
	mostNamed  = 10  // aliases in a text
	mostListed = 50  // connections of a notification
	mostText   = 300 // runes of a title or a remedy of a connector
)

// demoText says in each notification of a demo that nothing happened to anybody.
const demoText = "This is a demo: the company and its connections do not exist."

// wide has the words of causes that keep connections of many connectors from being read.
var wide = map[string]Cause{
	keyNetwork: {
		Title: "This machine does not reach the network", Who: diagnosis.ActYou,
		Remedy: "Check the network, the name service and the firewall of this machine.",
	},
	string(diagnosis.CauseNetworkProxy): {
		Title: "The company's proxy does not let it through", Who: diagnosis.ActYou, Remedy: "Check the proxy, its rules and its sign-in.",
	},
	string(diagnosis.CauseTLSIntercepted): {
		Title: "A proxy replaces the certificates of vendors", Who: diagnosis.ActYou,
		Remedy: "Exempt the vendors from inspection, or have this machine trust the proxy's authority.",
	},
}

// words writes the notification of a telling. Days are the age of a credential at which a notification is sent.
func (t telling) words(id string, rules notification.Rules) notification.Notification {
	cause := t.incident.Cause
	if common, ok := wide[t.incident.Key]; ok && len(t.members) > 1 {
		cause.Title, cause.Remedy, cause.Who, cause.Inconclusive = common.Title, common.Remedy, common.Who, false
	}
	list := listed(t.members)
	n := notification.Notification{
		ID: id, Kind: t.kind, Cause: cause.ID, Who: cause.Who, Inconclusive: cause.Inconclusive, Connections: first(list), Count: len(list),
		Remedy: clean(cause.Remedy), Href: "/connections?health=unhealthy",
	}
	who, reason := named(list), clean(cause.Title)
	var lines []string
	switch {
	case t.kind == notification.KindRecovered:
		lines = t.recovered(&n, who, reason)
	case t.kind == notification.KindCredential:
		n.Title = fmt.Sprintf("%s: a credential reaches the age of %d days", who, rules.CredentialDays)
		if len(list) > 1 {
			n.Title = fmt.Sprintf("%d credentials reach the age of %d days", len(list), rules.CredentialDays)
		}
		lines = append(lines, credentials(t.members)...)
		n.Who, n.Cause, n.Inconclusive, n.Href = diagnosis.ActYou, "", false, "/connections"
		n.Remedy = "Make a new one at the vendor and save it; then delete the old one there."
	case t.incident.Flapping > 0:
		n.Title = who + " keeps changing between healthy and unhealthy"
		if len(list) > 1 {
			n.Title = fmt.Sprintf("%d connections keep changing between healthy and unhealthy", len(list))
		}
		lines = append(lines, fmt.Sprintf("There were %d changes within an hour.", t.incident.Flapping),
			"Further changes are not told until there was none for an hour.")
	default:
		n.Title, n.Urgent = t.failing(who, len(list)), t.kind != notification.KindUnhealthy || cause.ID == diagnosis.CauseStoreFull
		lines = append(lines, reason+".")
	}
	if t.kind != notification.KindRecovered && n.Inconclusive {
		lines = append(lines, "This is inconclusive: it says nothing about your company's systems.")
	}
	if len(list) > 1 {
		lines = append(lines, "Connections: "+who+".")
	} else {
		n.Href = "/connections/" + url.PathEscape(list[0].Alias)
	}
	if t.kind != notification.KindRecovered && t.incident.Flapping == 0 {
		lines = append(lines, "Who can act: "+acting(n.Who)+".")
	}
	n.Text = strings.Join(lines, "\n")
	return n
}

// failing is the title of what is not read.
func (t telling) failing(who string, count int) string {
	reason := clean(t.incident.Cause.Title)
	if common, ok := wide[t.incident.Key]; ok && count > 1 {
		reason = common.Title
	}
	what := map[notification.Kind][2]string{
		notification.KindUnhealthy: {"is unhealthy", "are unhealthy for one cause"},
		notification.KindPerson:    {"needs a person", "need a person"},
		notification.KindPaused:    {"was paused, because it kept failing", "were paused, because they kept failing"},
	}[t.kind]
	if count == 1 {
		return fmt.Sprintf("%s %s: %s", who, what[0], reason)
	}
	return fmt.Sprintf("%d connections %s: %s", count, what[1], reason)
}

// recovered writes that connections are read again.
func (t telling) recovered(n *notification.Notification, who, reason string) (lines []string) {
	n.Inconclusive, n.Who, n.Remedy = false, "", ""
	n.Href = "/connections"
	switch {
	case t.of > 0:
		n.Title = fmt.Sprintf("%d of %d connections are healthy again", len(t.members), t.of)
		lines = append(lines, "The others are told once all of them are.")
	case len(t.members) == 1:
		n.Title = who + " is healthy again"
	default:
		n.Title = fmt.Sprintf("%d connections are healthy again", len(t.members))
	}
	if reason != "" && t.incident.Flapping == 0 {
		lines = append(lines, fmt.Sprintf("It was: %s, since %s.", reason, t.incident.First.UTC().Format("2 January 15:04 MST")))
	}
	return lines
}

func credentials(members map[string]*member) (lines []string) {
	for _, m := range members {
		lines = append(lines, fmt.Sprintf("%s of %s.", m.Credential, m.Alias))
	}
	slices.Sort(lines)
	if more := len(lines) - mostNamed; more > 0 {
		lines = append(lines[:mostNamed], fmt.Sprintf("And %d more.", more))
	}
	return append(lines, "The vendor may end it earlier: Plumbline knows only when it was saved.")
}

// acting names who can act.
func acting(who diagnosis.ActingParty) string {
	return cmp.Or(map[diagnosis.ActingParty]string{
		diagnosis.ActYou: "you", diagnosis.ActVendorAdmin: "an administrator of the company's account at the vendor",
		diagnosis.ActVendor: "the vendor", diagnosis.ActAuthor: "the author of the connector", diagnosis.ActPlumbline: "the makers of Plumbline",
		diagnosis.ActNobody: "no person needs to: it passes by itself",
	}[who], "not known")
}

// listed returns the connections of members, by alias.
func listed(members map[string]*member) []notification.Connection {
	list := make([]notification.Connection, 0, len(members))
	for _, id := range slices.Sorted(maps.Keys(members)) {
		m := members[id]
		list = append(list, notification.Connection{ID: strings.TrimSuffix(id, m.Credential), Alias: m.Alias})
	}
	slices.SortFunc(list, func(a, b notification.Connection) int { return strings.Compare(a.Alias, b.Alias) })
	return list
}

func first(list []notification.Connection) []notification.Connection {
	return list[:min(len(list), mostListed)]
}

// named names connections, the first of them when they are many.
func named(list []notification.Connection) string { return namedOf(list, len(list)) }

// namedOf is named for the first of so many.
func namedOf(list []notification.Connection, count int) string {
	names := make([]string, 0, mostNamed)
	for _, c := range list[:min(len(list), mostNamed)] {
		names = append(names, c.Alias)
	}
	text := strings.Join(names, ", ")
	if more := count - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// clean makes one short line of a text that others wrote in part, without addresses of people.
func clean(text string) string {
	text = display.MaskContacts(strings.TrimRight(strings.Join(strings.Fields(display.Visible(text)), " "), "."))
	if utf8.RuneCountInString(text) > mostText {
		text = string([]rune(text)[:mostText]) + "…"
	}
	return text
}
