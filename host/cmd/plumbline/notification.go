package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/notify"
	"github.com/plumbline-dev/plumbline/host/notification"
)

func (a *app) notificationCommand() *cobra.Command {
	channel := group("channel", "Add, list, edit, remove and test the channels that notifications go to",
		a.channelListCommand(), a.channelAddCommand(), a.channelEditCommand(), a.channelRemoveCommand(), a.channelTestCommand())
	return group("notification", "Show what people were told, and say where it goes",
		a.notificationListCommand(), a.notificationRulesCommand(), channel)
}

func (a *app) notificationListCommand() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List what people were told, newest first, and what became of each delivery",
		Long: "A notification is written when connections become unhealthy, recover, need a person or are paused by the host, and when a\n" +
			"credential reaches the age at which it is to be renewed. One cause at many connections is one notification.",
		Example: "  plumbline notification list --limit 5\n  plumbline notification list --json",
		Args:    exactly(0),
	}
	c.Flags().IntVar(&limit, "limit", 20, "how many, at most 500")
	list := func(ctx context.Context, client *calls.Client, _ []string) (operation.Items[notification.Notification], error) {
		items, err := client.Notifications(ctx, limit)
		return itemsOf(items), err
	}
	c.RunE = answered(a, list, printNotifications)
	return c
}

func printNotifications(w io.Writer, list operation.Items[notification.Notification]) error {
	for _, n := range list.Items {
		fmt.Fprintf(w, "%s  %s\n", n.At.Local().Format(time.DateTime), n.Title)
		for line := range strings.SplitSeq(n.Text, "\n") {
			fmt.Fprintf(w, "    %s\n", line)
		}
		if n.Remedy != "" {
			fmt.Fprintf(w, "    What to do: %s\n", n.Remedy)
		}
		for _, d := range n.Deliveries {
			fmt.Fprintf(w, "    %s %s\n", d.ChannelName, deliveryWords(d))
		}
	}
	if len(list.Items) == 0 {
		return say(w, "Nothing was told yet.\n")
	}
	return nil
}

// deliveryWords says what became of a delivery.
func deliveryWords(d notification.Delivery) string {
	text := word(d.State)
	switch {
	case d.Quiet:
		text += " for the end of the quiet hours, " + ago(d.NextAt)
	case d.NextAt != nil && d.Attempts > 0:
		text += fmt.Sprintf(", attempt %d %s", d.Attempts+1, ago(d.NextAt))
	case d.EndedAt != nil:
		text += " " + ago(d.EndedAt)
	}
	if d.Said != "" {
		text += ": " + d.Said
	}
	return text
}

func (a *app) notificationRulesCommand() *cobra.Command {
	var quiet, zone string
	var urgent bool
	var window, flaps, days, before int
	c := &cobra.Command{
		Use: "rules", Short: "Show or set when notifications are sent",
		Long: "Without flags this shows the rules. A flag sets one of them and leaves the others.",
		Example: "  plumbline notification rules --quiet 22:00-07:00 --zone Europe/Berlin --urgent\n" +
			"  plumbline notification rules --quiet off",
		Args: exactly(0),
	}
	f := c.Flags()
	f.StringVar(&quiet, "quiet", "", "hours in which nothing is sent, such as 22:00-07:00; off for none")
	f.StringVar(&zone, "zone", "", "time zone of the quiet hours, such as Europe/Berlin (default that of schedules)")
	f.BoolVar(&urgent, "urgent", false, "what is urgent passes the quiet hours")
	f.IntVar(&window, "window", 0, "seconds in which what fails for one cause becomes one notification, 5 to 900")
	f.IntVar(&flaps, "flap-changes", 0, "so many changes of its health within an hour hold a connection down, 3 to 100")
	f.IntVar(&days, "credential-days", 0, "age in days at which a credential is to be renewed; 0 for never")
	f.IntVar(&before, "notice-days", 0, "days before that age at which a notification is sent")
	c.RunE = func(c *cobra.Command, args []string) error {
		ask := func(ctx context.Context, client *calls.Client, _ []string) (notification.Rules, error) {
			rules, err := client.NotificationRules(ctx)
			if err != nil || !changedAny(c, "quiet", "zone", "urgent", "window", "flap-changes", "credential-days", "notice-days") {
				return rules, err
			}
			for name, set := range map[string]func(){
				"window": func() { rules.Window = window }, "flap-changes": func() { rules.FlapChanges = flaps },
				"credential-days": func() { rules.CredentialDays = days }, "notice-days": func() { rules.NoticeDays = before },
			} {
				if c.Flags().Changed(name) {
					set()
				}
			}
			if rules.Quiet, err = quietOf(c, rules.Quiet, quiet, zone, urgent); err != nil {
				return rules, err
			}
			return client.SetNotificationRules(ctx, rules.Revision, api.RulesBody{
				Window: rules.Window, Quiet: rules.Quiet, FlapChanges: rules.FlapChanges, CredentialDays: rules.CredentialDays,
				NoticeDays: rules.NoticeDays,
			})
		}
		return answered(a, ask, printRules)(c, args)
	}
	return c
}

func changedAny(c *cobra.Command, names ...string) bool {
	for _, name := range names {
		if c.Flags().Changed(name) {
			return true
		}
	}
	return false
}

// quietOf returns the quiet hours after the flags.
func quietOf(c *cobra.Command, q *notification.Quiet, hours, zone string, urgent bool) (*notification.Quiet, error) {
	if c.Flags().Changed("quiet") {
		if hours == "off" {
			return nil, nil
		}
		from, until, ok := strings.Cut(hours, "-")
		if !ok {
			return nil, usagef("--quiet %q must be two times of day such as 22:00-07:00, or off", hours)
		}
		kept := notification.Quiet{}
		if q != nil {
			kept = *q
		}
		kept.From, kept.Until = strings.TrimSpace(from), strings.TrimSpace(until)
		q = &kept
	}
	if q == nil {
		if c.Flags().Changed("zone") || c.Flags().Changed("urgent") {
			return nil, usagef("there are no quiet hours; set them with --quiet 22:00-07:00")
		}
		return nil, nil
	}
	if c.Flags().Changed("zone") {
		q.Zone = zone
	}
	if c.Flags().Changed("urgent") {
		q.Urgent = urgent
	}
	return q, nil
}

func printRules(w io.Writer, r notification.Rules) error {
	quiet := "none"
	if q := r.Quiet; q != nil {
		quiet = fmt.Sprintf("%s to %s", q.From, q.Until)
		if q.Zone != "" {
			quiet += " in " + q.Zone
		}
		if q.Urgent {
			quiet += "; what is urgent passes"
		}
	}
	credentials := "never told"
	if r.CredentialDays > 0 {
		credentials = fmt.Sprintf("told %d days before the age of %d days", r.NoticeDays, r.CredentialDays)
	}
	return pairs(w, "quiet hours", quiet, "one cause", fmt.Sprintf("collected for %d s", r.Window),
		"held down", fmt.Sprintf("after %d changes within an hour", r.FlapChanges), "credentials", credentials)
}

func (a *app) channelListCommand() *cobra.Command {
	list := func(ctx context.Context, c *calls.Client, _ []string) ([]notification.Channel, error) {
		return c.NotificationChannels(ctx)
	}
	return &cobra.Command{
		Use: "list", Short: "List the channels, that of the desktop window first", Args: exactly(0),
		Example: "  plumbline notification channel list",
		RunE: listed(a, list, []string{"CHANNEL", "TYPE", "STATE", "TO", "ONLY"}, func(c notification.Channel) []string {
			state := "on"
			if c.Off {
				state = "off"
			}
			return []string{c.Name, string(c.Type), state, channelTo(c), strings.TrimPrefix(words(c.Kinds)+", "+words(c.Who), ", ")}
		}),
	}
}

// channelTo says where a channel leads, without a secret.
func channelTo(c notification.Channel) string {
	if c.Email == nil {
		return c.Host
	}
	to := strings.Join(c.Email.To, ", ")
	if c.Email.ToOwner {
		to = "owners, else " + to
	}
	return fmt.Sprintf("%s through %s:%d (%s)", to, c.Email.Server, c.Email.Port, c.Email.Security)
}

// channelFlags are what add and edit have in common.
type channelFlags struct {
	name           string
	off, on        bool
	kinds, who, to []string
	secrets        []string
	email          notification.Email
	security       string
}

func (f *channelFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&f.kinds, "kind", nil, "only this kind, repeatable: "+words(notification.Kinds())+"; all for every kind")
	flags.StringArrayVar(&f.who, "who", nil,
		"only what this party can act on, repeatable: "+words(notification.Parties())+"; all for every party")
	flags.StringArrayVar(&f.secrets, "secret", nil,
		"KEY=env:VARIABLE, KEY=file:PATH or KEY=- for standard input; the keys are url, signing and password")
	flags.StringVar(&f.email.Server, "server", "", "host name of the mail server")
	flags.IntVar(&f.email.Port, "port", 0, "port of the mail server (default 587, and 465 for tls)")
	flags.StringVar(&f.security, "security", "", "starttls, tls, or none to a mail server on this machine (default starttls)")
	flags.StringVar(&f.email.Username, "username", "", "user name at the mail server")
	flags.StringVar(&f.email.From, "from", "", "address of the sender")
	flags.StringArrayVar(&f.to, "to", nil, "address of a recipient, repeatable")
	flags.BoolVar(&f.email.ToOwner, "to-owner", false, "connections whose owner is an e-mail address go to the owner instead")
}

// over lays the flags that were given over a channel.
func (f *channelFlags) over(c *cobra.Command, body *api.ChannelBody) {
	given := c.Flags().Changed
	if given("kind") {
		body.Kinds = nil
		for _, k := range f.kinds {
			if k != "all" {
				body.Kinds = append(body.Kinds, notification.Kind(k))
			}
		}
	}
	if given("who") {
		body.Who = nil
		for _, w := range f.who {
			if w != "all" {
				body.Who = append(body.Who, diagnosis.ActingParty(w))
			}
		}
	}
	if body.Type != notification.ChannelEmail {
		return
	}
	if body.Email == nil {
		body.Email = &notification.Email{To: []string{}}
	}
	for name, set := range map[string]func(e *notification.Email){
		"server": func(e *notification.Email) { e.Server = f.email.Server }, "port": func(e *notification.Email) { e.Port = f.email.Port },
		"security": func(e *notification.Email) { e.Security = notification.Security(f.security) },
		"username": func(e *notification.Email) { e.Username = f.email.Username },
		"from":     func(e *notification.Email) { e.From = f.email.From }, "to": func(e *notification.Email) { e.To = f.to },
		"to-owner": func(e *notification.Email) { e.ToOwner = f.email.ToOwner },
	} {
		if given(name) {
			set(body.Email)
		}
	}
	if body.Email.Security == "" {
		body.Email.Security = notification.SecurityStartTLS
	}
}

func (a *app) channelAddCommand() *cobra.Command {
	var f channelFlags
	c := &cobra.Command{
		Use: "add TYPE NAME", Short: "Add a channel: email, slack or webhook",
		Long: "The address of a webhook is a secret, as is the password of a mail server: they are read from a variable, a file or standard\n" +
			"input, sealed, and never shown again. For a webhook without the secret signing, Plumbline makes one and shows it once; the\n" +
			"receiver checks signatures with it (Standard Webhooks).",
		Example: "  plumbline notification channel add slack Ops --secret url=env:SLACK_URL\n" +
			"  plumbline notification channel add webhook Tickets --secret url=file:url.txt --kind needs_person --kind paused\n" +
			"  plumbline notification channel add email Mail --server smtp.example.com --username plumbline --secret password=- \\\n" +
			"    --from plumbline@example.com --to ops@example.com --to-owner",
		Args: exactly(2),
	}
	f.add(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		secrets, err := a.secrets(f.secrets)
		if err != nil {
			return err
		}
		body := api.ChannelBody{Type: notification.ChannelType(args[0]), Name: args[1], Secrets: secrets}
		f.over(c, &body)
		add := func(ctx context.Context, client *calls.Client, _ []string) (notify.Added, error) {
			return client.AddNotificationChannel(ctx, body)
		}
		return answered(a, add, func(w io.Writer, added notify.Added) error {
			fmt.Fprintf(w, "Added %s. Try it: plumbline notification channel test %q\n", added.Name, added.Name)
			if added.Signing != "" {
				fmt.Fprintf(w, "The receiver checks signatures with this secret, which is not shown again:\n%s\n", added.Signing)
			}
			return nil
		})(c, args)
	}
	return c
}

func (a *app) channelEditCommand() *cobra.Command {
	var f channelFlags
	c := &cobra.Command{
		Use: "edit CHANNEL", Short: "Change a channel; what no flag names stays",
		Example: "  plumbline notification channel edit Desktop --off\n" +
			"  plumbline notification channel edit Ops --kind all --secret url=env:NEW_SLACK_URL",
		Args: exactly(1),
	}
	f.add(c)
	c.Flags().StringVar(&f.name, "name", "", "new name")
	c.Flags().BoolVar(&f.off, "off", false, "send nothing to it")
	c.Flags().BoolVar(&f.on, "on", false, "send to it again")
	c.MarkFlagsMutuallyExclusive("on", "off")
	c.RunE = func(c *cobra.Command, args []string) error {
		secrets, err := a.secrets(f.secrets)
		if err != nil {
			return err
		}
		edit := func(ctx context.Context, client *calls.Client, args []string) (notification.Channel, error) {
			stored, err := channelCalled(ctx, client, args[0])
			if err != nil {
				return stored, err
			}
			body := api.ChannelBody{
				Name: stored.Name, Type: stored.Type, Off: stored.Off && !f.on || f.off, Kinds: stored.Kinds, Who: stored.Who, Email: stored.Email,
				Secrets: secrets,
			}
			if f.name != "" {
				body.Name = f.name
			}
			f.over(c, &body)
			return client.EditNotificationChannel(ctx, stored.ID, stored.Revision, body)
		}
		return answered(a, edit, func(w io.Writer, c notification.Channel) error { return say(w, "Saved %s.\n", c.Name) })(c, args)
	}
	return c
}

// channelCalled returns the channel with an id or a name.
func channelCalled(ctx context.Context, client *calls.Client, ref string) (notification.Channel, error) {
	all, err := client.NotificationChannels(ctx)
	if err != nil {
		return notification.Channel{}, err
	}
	for _, c := range all {
		if c.ID == ref || strings.EqualFold(c.Name, ref) {
			return c, nil
		}
	}
	return notification.Channel{}, usagef("no channel called %q; `plumbline notification channel list` shows them", ref)
}

func (a *app) channelRemoveCommand() *cobra.Command {
	remove := func(c *calls.Client, ctx context.Context, ref string) error {
		return c.RemoveNotificationChannel(ctx, ref)
	}
	return &cobra.Command{
		Use: "remove CHANNEL", Short: "Delete a channel; what waits for it is given up", Args: exactly(1),
		Example: "  plumbline notification channel remove Ops",
		RunE:    answered(a, gone("removed", remove), printRemoved),
	}
}

func (a *app) channelTestCommand() *cobra.Command {
	return &cobra.Command{
		Use: "test CHANNEL", Short: "Send a test message now and say what the other side answered; exit code 3 when it was not accepted",
		Args:    exactly(1),
		Example: "  plumbline notification channel test Ops",
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(client *calls.Client) error {
				tested, err := client.TestNotificationChannel(c.Context(), args[0])
				if err != nil {
					return err
				}
				if err := emit(a, tested, printTested); err != nil || tested.OK {
					return err
				}
				return outcome{exitSomeFailed}
			})
		},
	}
}

func printTested(w io.Writer, t notification.Tested) error {
	if t.OK {
		return say(w, "Accepted in %.1f s: %s\n", t.Seconds, t.Said)
	}
	return say(w, "Not accepted: %s\n%s\n", t.Said, t.Remedy)
}
