package notification

import (
	"fmt"
	"net"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/plumbline-dev/plumbline/host"
)

const (
	maxName       = 80
	maxRecipients = 20
)

// Validate returns a problem that names the fields of a channel that are wrong. It fills in what may be left out.
func (c *Channel) Validate() error {
	var fields []host.FieldError
	wrong := func(field, rule string) { fields = append(fields, host.FieldError{Field: field, Message: rule}) }
	c.Name = strings.TrimSpace(c.Name)
	if c.Name == "" || len(c.Name) > maxName || strings.ContainsFunc(c.Name, unicode.IsControl) {
		wrong("name", fmt.Sprintf("must be a name of one line with 1 to %d bytes", maxName))
	}
	if !slices.Contains([]ChannelType{ChannelDesktop, ChannelEmail, ChannelSlack, ChannelWebhook}, c.Type) {
		wrong("type", "must be desktop, email, slack or webhook")
	}
	for _, k := range c.Kinds {
		if !slices.Contains(Kinds(), k) {
			wrong("kinds", fmt.Sprintf("has %q; the kinds are %s", string(k), joined(Kinds())))
		}
	}
	for _, who := range c.Who {
		if !slices.Contains(Parties(), who) {
			wrong("who", fmt.Sprintf("has %q; the parties are %s", string(who), joined(Parties())))
		}
	}
	switch {
	case c.Type == ChannelEmail && c.Email == nil:
		wrong("email", "is missing: it has the mail server, the sender and the recipients")
	case c.Type == ChannelEmail:
		fields = append(fields, c.Email.wrong()...)
	case c.Email != nil:
		wrong("email", "belongs to an e-mail channel only")
	}
	return problem("the channel is not right", fields)
}

func problem(message string, fields []host.FieldError) error {
	switch len(fields) {
	case 0:
		return nil
	case 1:
		return host.InvalidFields(fields[0].Field+" "+fields[0].Message, fields)
	}
	return host.InvalidFields(message, fields)
}

func joined[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}

// wrong returns what is wrong with the settings of an e-mail channel. It fills in the port.
func (e *Email) wrong() (fields []host.FieldError) {
	wrong := func(field, rule string) {
		fields = append(fields, host.FieldError{Field: "email." + field, Message: rule})
	}
	if e.Security == "" {
		e.Security = SecurityStartTLS
	}
	if e.Port == 0 {
		e.Port = map[Security]int{SecurityTLS: 465, SecurityNone: 25}[e.Security]
		if e.Port == 0 {
			e.Port = 587
		}
	}
	if e.Server == "" || strings.ContainsAny(e.Server, " /@\t\r\n") {
		wrong("server", "must be the host name of a mail server, such as smtp.example.com")
	}
	if e.Port < 1 || e.Port > 65535 {
		wrong("port", "must be a number from 1 to 65535")
	}
	switch {
	case !slices.Contains([]Security{SecurityStartTLS, SecurityTLS, SecurityNone}, e.Security):
		wrong("security", "must be starttls, tls or none")
	case e.Security == SecurityNone && !loopback(e.Server):
		wrong("security", "may be none only for a mail server on this machine")
	}
	if !address(e.From) {
		wrong("from", "must be an e-mail address, such as plumbline@example.com")
	}
	if len(e.To) == 0 {
		wrong("to", "names no recipient; connections without an owner's address need one")
	}
	if len(e.To) > maxRecipients {
		wrong("to", fmt.Sprintf("has %d recipients; at most %d are allowed: use a mailing list", len(e.To), maxRecipients))
	}
	for _, to := range e.To {
		if !address(to) {
			wrong("to", fmt.Sprintf("has %q, which is no e-mail address", to))
		}
	}
	if strings.ContainsFunc(e.Username, unicode.IsControl) {
		wrong("username", "must be of one line")
	}
	return fields
}

func loopback(server string) bool {
	ip := net.ParseIP(strings.Trim(server, "[]"))
	return strings.EqualFold(server, "localhost") || ip != nil && ip.IsLoopback()
}

// address reports whether text is a bare e-mail address.
func address(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text && a.Name == ""
}

// OwnerAddress returns the e-mail address that the owner of a connection is, and "" for a name.
func OwnerAddress(owner string) string {
	if address(owner) {
		return owner
	}
	return ""
}

// Validate returns a problem that names the fields of the rules that are wrong.
func (r *Rules) Validate() error {
	var fields []host.FieldError
	within := func(field string, value, least, most int) {
		if value < least || value > most {
			fields = append(fields, host.FieldError{Field: field, Message: fmt.Sprintf("must be a number from %d to %d", least, most), Value: value})
		}
	}
	within("window", r.Window, 5, 900)
	within("flap_changes", r.FlapChanges, 3, 100)
	within("credential_days", r.CredentialDays, 0, 3650)
	within("notice_days", r.NoticeDays, 0, 365)
	if q := r.Quiet; q != nil {
		_, bad := time.Parse("15:04", q.From)
		_, worse := time.Parse("15:04", q.Until)
		_, zone := time.LoadLocation(q.Zone)
		switch {
		case bad != nil:
			fields = append(fields, host.FieldError{Field: "quiet.from", Message: "must be a time of day such as 22:00", Value: q.From})
		case worse != nil:
			fields = append(fields, host.FieldError{Field: "quiet.until", Message: "must be a time of day such as 07:00", Value: q.Until})
		case q.From == q.Until:
			rule := "is the same as quiet.from: the whole day would be quiet"
			fields = append(fields, host.FieldError{Field: "quiet.until", Message: rule, Value: q.Until})
		}
		if zone != nil {
			fields = append(fields, host.FieldError{Field: "quiet.zone", Message: "is not a time zone such as Europe/Berlin", Value: q.Zone})
		}
	}
	return problem("the rules are not right", fields)
}

// End returns the end of the quiet hours that a moment is in, and false outside of them. Base is the zone of rules that name none.
// On a day on which the clocks change, the hours are those of the clock on the wall.
func (q *Quiet) End(at time.Time, base *time.Location) (time.Time, bool) {
	if q == nil {
		return time.Time{}, false
	}
	zone := base
	if q.Zone != "" {
		if named, err := time.LoadLocation(q.Zone); err == nil {
			zone = named
		}
	}
	from, err := time.Parse("15:04", q.From)
	until, wrong := time.Parse("15:04", q.Until)
	if err != nil || wrong != nil {
		return time.Time{}, false
	}
	local := at.In(zone)
	on := func(days int, clock time.Time) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()+days, clock.Hour(), clock.Minute(), 0, 0, zone)
	}
	for days := -1; days <= 0; days++ { // hours that began yesterday, or today
		begin, end := on(days, from), on(days, until)
		if !until.After(from) {
			end = on(days+1, until)
		}
		if !at.Before(begin) && at.Before(end) {
			return end.UTC(), true
		}
	}
	return time.Time{}, false
}
