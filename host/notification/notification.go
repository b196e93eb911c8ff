// Package notification has the nouns of notifications: what people are told, where it is sent, and how that went.
package notification

import (
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
)

// Kind says which transition a notification tells.
type Kind string

// The kinds.
const (
	KindUnhealthy  Kind = "unhealthy"    // connections that were healthy are not read, or not whole
	KindRecovered  Kind = "recovered"    // they are read again
	KindPerson     Kind = "needs_person" // they are not read until a person decides, confirms or reconnects
	KindPaused     Kind = "paused"       // the host paused them, because they kept failing
	KindCredential Kind = "credential"   // a credential reaches the age at which it is to be renewed
	KindTest       Kind = "test"         // a person tests a channel
)

// Kinds returns the kinds that a channel can be limited to.
func Kinds() []Kind {
	return []Kind{KindUnhealthy, KindRecovered, KindPerson, KindPaused, KindCredential}
}

// Parties returns who a channel can be for.
func Parties() []diagnosis.ActingParty {
	return []diagnosis.ActingParty{
		diagnosis.ActYou, diagnosis.ActVendorAdmin, diagnosis.ActVendor, diagnosis.ActAuthor, diagnosis.ActPlumbline, diagnosis.ActNobody,
	}
}

// Notification is one message about one transition of one or many connections.
type Notification struct {
	ID           string                `json:"id" doc:"The same for ever; every delivery has an idempotency key of its own"`
	Kind         Kind                  `json:"kind" enum:"unhealthy,recovered,needs_person,paused,credential,test"`
	At           time.Time             `json:"at" doc:"When it was written"`
	Title        string                `json:"title" doc:"What happened, in one line"`
	Text         string                `json:"text" doc:"The same in sentences, one a line"`
	Remedy       string                `json:"remedy,omitempty" doc:"What to do first"`
	Cause        diagnosis.CauseID     `json:"cause,omitempty" doc:"Stable, such as network.proxy"`
	Who          diagnosis.ActingParty `json:"who,omitempty" enum:"you,vendor_admin,vendor,author,plumbline,none" doc:"Who can remove the cause"`
	Inconclusive bool                  `json:"inconclusive,omitempty" doc:"A vendor's outage or a bug: it says nothing about the company's systems"`
	Urgent       bool                  `json:"urgent,omitempty" doc:"A person has to act before anything is read; it may pass the quiet hours"`
	Connections  []Connection          `json:"connections" doc:"The first 50 of the connections that it is about"`
	Count        int                   `json:"count" doc:"How many connections it is about"`
	Href         string                `json:"href" doc:"Address of a screen"`
	Deliveries   []Delivery            `json:"deliveries" doc:"One for each channel and recipient"`
}

// Connection is a connection that a notification is about.
type Connection struct {
	ID    string `json:"id"`
	Alias string `json:"alias"`
}

// DeliveryState says what became of a delivery.
type DeliveryState string

// The states. A delivery ends delivered or given up.
const (
	DeliveryWaiting   DeliveryState = "waiting"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryGivenUp   DeliveryState = "given_up"
)

// Delivery is one notification on its way to one channel.
type Delivery struct {
	ID          string        `json:"id" doc:"Idempotency key: webhook-id of a webhook, and part of the Message-ID of an e-mail; the same in every attempt"`
	Channel     string        `json:"channel" doc:"Id of the channel"`
	ChannelName string        `json:"channel_name" doc:"As it was called when the notification was written"`
	Type        ChannelType   `json:"type" enum:"desktop,email,slack,webhook"`
	To          []string      `json:"to,omitempty" doc:"Recipients of an e-mail"`
	Only        []Connection  `json:"only,omitempty" doc:"Connections of this recipient, when they are not all; at most 50"`
	OnlyCount   int           `json:"only_count,omitempty" doc:"How many those are"`
	State       DeliveryState `json:"state" enum:"waiting,delivered,given_up"`
	Attempts    int           `json:"attempts"`
	FirstAt     *time.Time    `json:"first_at,omitempty" doc:"When the first attempt began"`
	NextAt      *time.Time    `json:"next_at,omitempty" doc:"When it is attempted next; absent when it is over"`
	EndedAt     *time.Time    `json:"ended_at,omitempty" doc:"When it was delivered or given up"`
	Said        string        `json:"said,omitempty" doc:"What the other side answered last, or why there was no answer"`
	Down        bool          `json:"down,omitempty" doc:"The other side did not answer the last attempt; later ones wait behind this one"`
	Quiet       bool          `json:"quiet,omitempty" doc:"It waits for the end of the quiet hours"`
}

// ChannelType says how a channel is reached.
type ChannelType string

// The types.
const (
	ChannelDesktop ChannelType = "desktop" // a notice of the desktop window; there is exactly one
	ChannelEmail   ChannelType = "email"
	ChannelSlack   ChannelType = "slack"   // an incoming webhook as Slack, Mattermost and Rocket.Chat take it
	ChannelWebhook ChannelType = "webhook" // JSON, signed by Standard Webhooks
)

// Names of the secrets of channels.
const (
	SecretURL      = "url"      // address of a webhook
	SecretSigning  = "signing"  // whsec_…
	SecretPassword = "password" // of a mail server
)

// Channel is where notifications go. Its secrets are stored apart from it, sealed.
type Channel struct {
	ID       string                  `json:"id"`
	Name     string                  `json:"name" doc:"What people call it; unique"`
	Type     ChannelType             `json:"type" enum:"desktop,email,slack,webhook"`
	Off      bool                    `json:"off,omitempty" doc:"Nothing is sent to it"`
	Kinds    []Kind                  `json:"kinds,omitempty" doc:"Only these; empty for all"`
	Who      []diagnosis.ActingParty `json:"who,omitempty" doc:"Only what these can act on; empty for all"`
	Email    *Email                  `json:"email,omitempty" doc:"Of an e-mail channel"`
	Host     string                  `json:"host,omitempty" doc:"Of a webhook: the host of its address, which is a secret"`
	Secrets  []host.SecretInfo       `json:"secrets" doc:"Names and ages of its secrets, never their values"`
	Revision uint64                  `json:"revision" doc:"Counts up with every edit"`
}

// Security says how the connection to a mail server is protected.
type Security string

// The ways.
const (
	SecurityStartTLS Security = "starttls" // required
	SecurityTLS      Security = "tls"      // from the first byte
	SecurityNone     Security = "none"     // only to a server on this machine
)

// Email says how an e-mail channel sends, and to whom.
type Email struct {
	Server   string   `json:"server" doc:"Host name of the mail server"`
	Port     int      `json:"port" doc:"587 for starttls, 465 for tls" minimum:"0" maximum:"65535"`
	Security Security `json:"security" enum:"starttls,tls,none"`
	Username string   `json:"username,omitempty" doc:"Empty for a server that asks for none"`
	From     string   `json:"from" doc:"Address of the sender"`
	To       []string `json:"to" doc:"Addresses of the recipients"`
	ToOwner  bool     `json:"to_owner,omitempty" doc:"Connections whose owner is an e-mail address go to the owner instead"`
}

// Rules say when notifications are sent, on every channel.
type Rules struct {
	Window         int    `json:"window" doc:"Seconds in which what fails for one cause becomes one notification; 5 to 900" minimum:"5" maximum:"900"`
	Quiet          *Quiet `json:"quiet,omitempty" doc:"Absent for no quiet hours"`
	FlapChanges    int    `json:"flap_changes" doc:"So many changes of its health within an hour hold a connection down; 3 to 100" minimum:"3" maximum:"100"`
	CredentialDays int    `json:"credential_days" doc:"Age in days at which a credential is to be renewed; 0 for never" minimum:"0" maximum:"3650"`
	NoticeDays     int    `json:"notice_days" doc:"Days before that age at which a notification is sent" minimum:"0" maximum:"365"`
	Revision       uint64 `json:"revision" doc:"Counts up with every edit; 0 for the defaults"`
}

// Quiet are the hours in which nothing is sent. What is written in them is sent at their end.
type Quiet struct {
	From   string `json:"from" doc:"Time of day, such as 22:00"`
	Until  string `json:"until" doc:"Time of day, such as 07:00; before from for the next day"`
	Zone   string `json:"zone" doc:"Time zone, such as Europe/Berlin; empty for that of schedules"`
	Urgent bool   `json:"urgent,omitempty" doc:"What is urgent is sent at once"`
}

// DefaultRules are those of a host on which a person has set none.
func DefaultRules() Rules {
	return Rules{Window: 30, FlapChanges: 4, CredentialDays: 365, NoticeDays: 14}
}

// Tested is what became of a test of a channel.
type Tested struct {
	OK      bool    `json:"ok"`
	Said    string  `json:"said" doc:"What the other side answered, or why there was no answer"`
	Remedy  string  `json:"remedy,omitempty" doc:"What to do when it failed"`
	Seconds float64 `json:"seconds"`
}

// Topic is that of the events that notifications publish.
const Topic = "notification"

// Kinds of the events.
const (
	EventChanged = "changed" // a notification, a delivery, a channel or the rules
	EventDesktop = "desktop" // a notice is to be shown by every window
)
