// Package account holds the nouns of accounts and persons: whose an account is, what is decided about it, and who works for the company.
// It imports package host alone. As there, the JSON names are the product's public contract.
package account

import (
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Page is one of the pages on which accounts are managed.
type Page string

// The pages. Each but the first has the accounts of connections of one category.
const (
	PageAll             Page = "all"
	PageAccessReview    Page = "access-review"
	PageBackgroundCheck Page = "background-check"
	PageInfrastructure  Page = "infrastructure"
	PageObservability   Page = "observability"
	PageVersionControl  Page = "version-control"
)

// Pages returns every page in the order of the screen.
func Pages() []Page {
	return []Page{
		PageAll, PageAccessReview, PageBackgroundCheck, PageInfrastructure, PageObservability, PageVersionControl,
	}
}

// Category returns the category of the connections whose accounts a page has; empty for PageAll and for an unknown page.
func (p Page) Category() host.Category {
	switch p {
	case PageAccessReview:
		return host.CategoryUserAccessReview
	case PageBackgroundCheck:
		return host.CategoryBackgroundCheck
	case PageInfrastructure:
		return host.CategoryInfrastructure
	case PageObservability:
		return host.CategoryObservability
	case PageVersionControl:
		return host.CategoryVersionControl
	}
	return ""
}

// Kind says who or what holds an account.
type Kind string

// The kinds of accounts.
const (
	Human    Kind = "human"
	Service  Kind = "service"
	Bot      Kind = "bot"
	External Kind = "external" // a person outside the company
	Group    Kind = "group"    // a group that holds access; only a record says so
	Unknown  Kind = "unknown"
)

// LinkState says whether it is known which person an account belongs to.
type LinkState string

// The link states.
const (
	LinkLinked    LinkState = "linked"    // by exact email to exactly one person, or by a decision
	LinkUnlinked  LinkState = "unlinked"  // no person has the address, or a decision says that the account is no person's
	LinkAmbiguous LinkState = "ambiguous" // several persons have the address
)

// LinkBy says what a link follows from.
type LinkBy string

// What a link follows from.
const (
	LinkByEmail    LinkBy = "email"
	LinkByDecision LinkBy = "decision"
)

// Flag is something about an account that a person should see to.
type Flag string

// The flags, in the order of a screen. An account that is out of scope, or that its source no longer has, has none.
const (
	FlagLeaverActive         Flag = "leaver_active"          // its person left, and it is active
	FlagPrivilegedNoMFA      Flag = "privileged_no_mfa"      // privileged, and a second factor is known to be missing
	FlagPrivilegedMFAUnknown Flag = "privileged_mfa_unknown" // privileged, and it is not known whether it has a second factor
	FlagUnlinked             Flag = "unlinked"
	FlagAmbiguous            Flag = "ambiguous"
	FlagServiceNoOwner       Flag = "service_no_owner" // a service account or a bot without an owner
	FlagOwnerLeft            Flag = "owner_left"
	FlagDormant              Flag = "dormant" // its last activity is known and long ago
	FlagNew                  Flag = "new"     // first seen lately
)

// Flags returns every flag in the order of the screen.
func Flags() []Flag {
	return []Flag{
		FlagLeaverActive, FlagPrivilegedNoMFA, FlagPrivilegedMFAUnknown, FlagUnlinked, FlagAmbiguous, FlagServiceNoOwner, FlagOwnerLeft,
		FlagDormant, FlagNew,
	}
}

// Account is an account of a connected system with what is decided about it. On the page of background checks it is a check, or a
// person of whom no check is known.
type Account struct {
	ID            string `json:"id" doc:"Stable, and safe in a path"`
	Row           string `json:"row" enum:"account,background_check,person" doc:"What the row is of: person = a person of whom no background check is known"`
	Connection    string `json:"connection,omitempty" doc:"The connection's id"`
	Alias         string `json:"alias,omitempty" doc:"The connection's name"`
	ConnectorName string `json:"connector_name,omitempty"`
	Stream        string `json:"stream,omitempty"`
	Key           string `json:"key,omitempty" doc:"Of the record in its stream"`

	ExternalID string   `json:"external_id,omitempty" doc:"The source's own id"`
	Name       string   `json:"name,omitempty"`
	Username   string   `json:"username,omitempty"`
	Email      string   `json:"email,omitempty" doc:"As the source has it"`
	Status     string   `json:"status" doc:"As the record has it, such as active, suspended or deprovisioned; for a check pending, in_progress, complete or cancelled; none for a person without a check"`
	Roles      []string `json:"roles,omitzero" doc:"Absent when they were not read"`
	Groups     []string `json:"groups,omitzero" doc:"Absent when they were not read"`
	Title      string   `json:"title,omitempty"`
	Department string   `json:"department,omitempty"`

	Privileged   string     `json:"privileged" enum:"yes,no,unknown"`
	MFA          string     `json:"mfa" enum:"yes,no,unknown"`
	Active       string     `json:"active" enum:"yes,no,unknown" doc:"Whether it can be used; no for one that its source no longer has"`
	LastActiveAt *time.Time `json:"last_active_at,omitempty" doc:"Absent when it is not known, which is not never"`
	CreatedAt    *time.Time `json:"created_at,omitempty" doc:"At the source"`
	FirstSeenAt  *time.Time `json:"first_seen_at,omitempty" doc:"When Plumbline first read it, as far as history is kept"`
	ChangedAt    *time.Time `json:"changed_at,omitempty" doc:"When its record last changed"`
	RemovedAt    *time.Time `json:"removed_at,omitempty" doc:"When a complete read no longer found it; absent while its source has it"`

	Kind       Kind   `json:"kind" enum:"human,service,bot,external,group,unknown"`
	KindFrom   string `json:"kind_from,omitempty" enum:"record,decision" doc:"What says so; absent when the kind is unknown"`
	RecordKind Kind   `json:"record_kind" enum:"human,service,bot,external,group,unknown" doc:"The kind that the record tells"`

	Link        Link       `json:"link"`
	Owner       *PersonRef `json:"owner,omitempty" doc:"Of a service account or a bot"`
	InScope     bool       `json:"in_scope"`
	Rationale   string     `json:"rationale,omitempty" doc:"Why it is out of scope"`
	Note        string     `json:"note,omitempty"`
	Flags       []Flag     `json:"flags"`
	LeaverSince *time.Time `json:"leaver_since,omitempty" doc:"With the flag leaver_active: the day on which its person left, when it is known"`
	Suggestions int        `json:"suggestions" doc:"How many persons are suggested for it"`

	Values map[string]string `json:"values" doc:"The columns of the page that are of this kind of system, by name; one that the record does not tell is absent"`

	Revision  uint64      `json:"revision" doc:"Of the decision, 0 for none; send it as If-Match"`
	DecidedBy *host.Actor `json:"decided_by,omitempty" doc:"Who decided last"`
	DecidedAt *time.Time  `json:"decided_at,omitempty"`
}

// Link says which person an account belongs to, and why.
type Link struct {
	State      LinkState   `json:"state" enum:"linked,unlinked,ambiguous"`
	By         LinkBy      `json:"by,omitempty" enum:"email,decision" doc:"What the state follows from; absent when nothing says so"`
	Person     *PersonRef  `json:"person,omitempty"`
	Candidates []PersonRef `json:"candidates,omitempty" doc:"The persons that have the address, when they are several"`
}

// PersonRef names a person where something else is about.
type PersonRef struct {
	ID     string       `json:"id"`
	Name   string       `json:"name,omitempty"`
	Email  string       `json:"email,omitempty"`
	Status PersonStatus `json:"status" enum:"active,joining,leaving,left,unknown"`
	Gone   bool         `json:"gone,omitempty" doc:"No source has this person any more; name and address are those of the decision"`
}

// The ways in which a decision links an account.
const (
	LinkAutomatic = "automatic" // by exact email
	LinkPerson    = "person"    // to the person of the decision
	LinkNone      = "none"      // to no person
)

// Decision is what a person decided about an account. It is replaced as a whole.
type Decision struct {
	Link      string  `json:"link,omitempty" enum:"automatic,person,none" doc:"automatic = by exact email; person = to person; none = to no person. Left out: person when person is given, else automatic"`
	Person    *string `json:"person,omitempty" doc:"Id of the person it belongs to" nullable:"true"`
	Kind      Kind    `json:"kind,omitempty" enum:"human,service,bot,external" doc:"Who or what holds it; left out: as the record says"`
	InScope   *bool   `json:"in_scope,omitempty" doc:"Left out: true"`
	Rationale string  `json:"rationale,omitempty" doc:"Why it is out of scope; compulsory then"`
	Owner     *string `json:"owner,omitempty" doc:"Id of the person who answers for a service account or a bot" nullable:"true"`
	Note      string  `json:"note,omitempty"`
}

// The most bytes of a text about an account.
const (
	maxRationale = 1000
	maxNote      = 4000
)

// Validate returns the decision with its defaults, or a problem that names every bad field.
func (d Decision) Validate() (Decision, error) {
	var faults []host.FieldError
	fault := func(field, rule string) { faults = append(faults, host.FieldError{Field: field, Message: rule}) }
	d.Rationale, d.Note = strings.TrimSpace(d.Rationale), strings.TrimSpace(d.Note)
	d.Person, d.Owner = given(d.Person), given(d.Owner)
	if d.Link == "" {
		d.Link = LinkAutomatic
		if d.Person != nil {
			d.Link = LinkPerson
		}
	}
	if d.InScope == nil {
		d.InScope = new(true)
	}
	switch d.Link {
	case LinkPerson:
		if d.Person == nil {
			fault("person", "is missing: the link is to a person")
		}
	case LinkAutomatic, LinkNone:
		if d.Person != nil {
			fault("person", "must be left out: the link is "+d.Link)
		}
	default:
		fault("link", "must be automatic, person or none")
	}
	switch d.Kind {
	case "", Human, Service, Bot, External:
	default:
		fault("kind", "must be human, service, bot, external or left out")
	}
	switch {
	case !*d.InScope && d.Rationale == "":
		fault("rationale", "is missing: an account leaves the scope with a reason that auditors can read")
	case *d.InScope && d.Rationale != "":
		fault("rationale", "is only for an account that is out of scope")
	case len(d.Rationale) > maxRationale:
		fault("rationale", "has more than 1000 bytes")
	}
	if len(d.Note) > maxNote {
		fault("note", "has more than 4000 bytes")
	}
	if len(faults) > 0 {
		return d, host.InvalidFields(faults[0].Field+" "+faults[0].Message, faults)
	}
	return d, nil
}

// given returns nil for an empty text.
func given(text *string) *string {
	if text == nil || strings.TrimSpace(*text) == "" {
		return nil
	}
	return text
}

// Decided reports whether a decision differs from the account without one.
func (d Decision) Decided() bool {
	return d.Link != "" && d.Link != LinkAutomatic || d.Kind != "" || d.InScope != nil && !*d.InScope || d.Owner != nil || d.Note != ""
}

// StoredDecision is a decision as it is stored: with what it is about, who made it and when. It outlives the record of the account.
type StoredDecision struct {
	Decision

	Row        string `json:"row" enum:"account,background_check,person" doc:"What it is about"`
	Connection string `json:"connection,omitempty" doc:"The connection's id"`
	Stream     string `json:"stream,omitempty"`
	Key        string `json:"key,omitempty" doc:"Of the record in its stream"`
	Subject    string `json:"subject,omitempty" doc:"What the account was called: its name, user name, address or key"`

	PersonNamed *NamedPerson `json:"person_named,omitempty" doc:"The person as known at the decision"`
	OwnerNamed  *NamedPerson `json:"owner_named,omitempty" doc:"The owner as known at the decision"`

	By host.Actor `json:"by"`
	At time.Time  `json:"at"`
	// Restores is the revision whose value this is, when it was made by an undo; 0 = the state before the first decision.
	Restores *uint64 `json:"restores,omitempty" doc:"Set by an undo: the revision that is in force again, 0 for none"`
	Bulk     string  `json:"bulk,omitempty" doc:"The same for all decisions of one request about several accounts"`
}

// NamedPerson is a person as a decision remembers it, so that it is found again when its address changes, and named when it is gone.
type NamedPerson struct {
	ID         string `json:"id"`
	Name       string `json:"name,omitempty"`
	Email      string `json:"email,omitempty"`
	Connection string `json:"connection,omitempty" doc:"Of the record that the person is known from"`
	Stream     string `json:"stream,omitempty"`
	Key        string `json:"key,omitempty"`
}

// History is one decision about an account, newest first in lists.
type History struct {
	Revision uint64         `json:"revision"`
	At       time.Time      `json:"at"`
	Actor    host.Actor     `json:"actor"`
	Action   string         `json:"action" enum:"decided,undone" doc:"undone: an earlier decision is in force again"`
	Changes  []DecisionPart `json:"changes" doc:"What is different since"`
	Decision Decision       `json:"decision" doc:"From then on"`
	Bulk     string         `json:"bulk,omitempty" doc:"The same for all decisions of one request about several accounts"`
}

// DecisionPart is a part of a decision that changed.
type DecisionPart struct {
	Part   string `json:"part" enum:"link,kind,scope,rationale,owner,note"`
	Before string `json:"before,omitempty" doc:"In words; empty for none"`
	After  string `json:"after,omitempty"`
}

// Suggestion is a person to whom an account may belong. It is never applied by itself.
type Suggestion struct {
	ID          string    `json:"id"`
	Account     string    `json:"account" doc:"The account's id"`
	AccountName string    `json:"account_name" doc:"The account's name, user name, address or key"`
	Alias       string    `json:"alias" doc:"Of the account's connection"`
	Privileged  string    `json:"privileged" enum:"yes,no,unknown" doc:"Of the account; a privileged one is accepted by itself only"`
	Person      PersonRef `json:"person"`
	Confidence  float64   `json:"confidence" minimum:"0" maximum:"1"`
	Reason      string    `json:"reason" enum:"alias_address,employee_number,user_name,local_part,name_and_domain,name" doc:"What it follows from"`
	Explanation string    `json:"explanation" doc:"The reason in one sentence"`
	Revision    uint64    `json:"revision" doc:"Of the account's decision"`
}
