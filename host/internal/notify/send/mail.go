package send

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"html/template"
	"net/textproto"
	"slices"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/plumbline-dev/plumbline/host/notification"
)

func tlsConfig(server string, roots *x509.CertPool) *tls.Config {
	return &tls.Config{ServerName: server, RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// Mail sends a message to the recipients. It returns what the server answered when it took the message.
func (s *Sender) Mail(ctx context.Context, e notification.Email, password string, to []string, m Message) (string, error) {
	letter, err := letter(e, to, m)
	if err != nil {
		return "", &Failure{Said: said(err.Error(), password), Final: true, Answered: true, Remedy: "Check the addresses of the channel."}
	}
	client, err := s.mailClient(e, password)
	if err != nil {
		return "", &Failure{Said: said(err.Error(), password), Remedy: "Check the mail server of the channel."}
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if letter.IsDelivered() { // what follows, such as saying goodbye, may fail
		return said("250 "+letter.ServerResponse(), password), nil
	}
	if err == nil {
		err = errors.New("the server said nothing")
	}
	return "", mailFailure(err, password)
}

func (s *Sender) mailClient(e notification.Email, password string) (*mail.Client, error) {
	options := []mail.Option{
		mail.WithPort(e.Port), mail.WithTimeout(timeout), mail.WithTLSConfig(tlsConfig(e.Server, s.roots)), mail.WithoutNoop(),
	}
	switch e.Security {
	case notification.SecurityTLS:
		options = append(options, mail.WithSSL())
	case notification.SecurityNone:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if e.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(e.Username), mail.WithPassword(password))
	}
	return mail.NewClient(e.Server, options...)
}

// letter is the message as an e-mail. Its Message-ID is the same in every attempt.
func letter(e notification.Email, to []string, m Message) (*mail.Msg, error) {
	l := mail.NewMsg()
	if err := l.FromFormat("Plumbline", e.From); err != nil {
		return nil, fmt.Errorf("read sender: %w", err)
	}
	if err := l.To(to...); err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	_, domain, _ := strings.Cut(e.From, "@")
	l.SetMessageIDWithValue(m.ID + "@" + domain)
	l.SetDateWithValue(m.At)
	l.SetGenHeader("Auto-Submitted", "auto-generated")
	l.SetUserAgent("Plumbline")
	l.Subject(m.Title)
	l.SetBodyString(mail.TypeTextPlain, m.plain())
	var page strings.Builder
	if err := hypertext.Execute(&page, m); err != nil {
		return nil, fmt.Errorf("write the HTML part: %w", err)
	}
	l.AddAlternativeString(mail.TypeTextHTML, page.String())
	return l, nil
}

func (m Message) plain() string {
	lines := append([]string{m.Title, ""}, m.Lines...)
	if m.Remedy != "" {
		lines = append(lines, "", "What to do: "+m.Remedy)
	}
	if m.Link != "" {
		lines = append(lines, "", m.Link)
	} else if m.Command != "" {
		lines = append(lines, "", m.Command)
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

var hypertext = template.Must(template.New("mail").Parse(`<!doctype html>
<html lang="en"><body style="font-family:sans-serif">
<p><strong>{{.Title}}</strong></p>
{{range .Lines}}<p>{{.}}</p>
{{end}}{{with .Remedy}}<p>What to do: {{.}}</p>
{{end}}{{if .Link}}<p><a href="{{.Link}}">Open it in Plumbline</a></p>
{{else if .Command}}<p><code>{{.Command}}</code></p>
{{end}}</body></html>
`))

// goneForGood are the codes with which a server refuses a recipient or a message, and not only this attempt.
var goneForGood = []int{550, 551, 552, 553, 556}

func mailFailure(err error, password string) *Failure {
	f := &Failure{Said: said(err.Error(), password), Remedy: "Check the mail server, its port and how the connection is protected."}
	var spoken *textproto.Error
	if errors.As(err, &spoken) {
		f.Said = said(spoken.Error(), password)
	}
	var refused *mail.SendError
	if !errors.As(err, &refused) {
		if spoken != nil && spoken.Code/100 == 5 {
			f.Remedy = "The mail server does not let this sender in: check the user name and the password."
		}
		return f
	}
	f.Answered = refused.ErrorCode()/100 == 5
	f.Remedy = "The mail server does not take this message: check the sender and the recipients."
	f.Final = slices.Contains(goneForGood, refused.ErrorCode())
	f.Said = said(refused.Error(), password)
	return f
}
