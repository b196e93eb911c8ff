package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/plugins/aws/internal/report"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// accessKey is an access key of a user, with the day of its last use.
type accessKey struct {
	ID       string     `json:"AccessKeyId,omitempty"`
	Active   bool       `json:"Active"`
	Created  *time.Time `json:"CreateDate,omitempty"`
	LastUsed *time.Time `json:"LastUsedDate,omitempty"`
}

// access is how a user can sign in.
type access struct {
	MFA             kind.Tri
	Password        kind.Tri
	PasswordUsed    *time.Time `json:",omitempty"` // to the day
	PasswordChanged *time.Time `json:",omitempty"`
	Keys            []accessKey
}

// readUsers reads the users of IAM and the root user.
func readUsers(ctx context.Context, a *cloud.Account, k *cloud.Sink) error {
	users, err := listUsers(ctx, a)
	if err != nil {
		return err
	}
	rows, err := credentialReport(ctx, a)
	if err := k.Miss(ctx, "credential report of "+a.String(), err); err != nil {
		return err
	}
	if err := putRoot(ctx, a, k, rows); err != nil {
		return err
	}
	r := &rights{account: a, sink: k, client: iam.NewFromConfig(a.Config), groups: map[string]*groupRights{}}
	return cloud.AtOnce(ctx, users, func(ctx context.Context, u types.User) error { return r.putUser(ctx, u, rows) })
}

func listUsers(ctx context.Context, a *cloud.Account) (all []types.User, err error) {
	err = cloud.Pages(ctx, "users", iam.NewFromConfig(a.Config).ListUsers, &iam.ListUsersInput{},
		func(in *iam.ListUsersInput, token *string) { in.Marker = token },
		func(out *iam.ListUsersOutput) ([]types.User, *string) {
			return out.Users, cloud.Marker(out.IsTruncated, out.Marker)
		},
		func(list []types.User) error { all = append(all, list...); return nil })
	return all, err
}

// reportTries is how often the report is asked for. Each time the client asks up to eight times whether it is made.
const reportTries = 4

// credentialReport returns the credential report by ARN. AWS makes a new one at most every four hours.
func credentialReport(ctx context.Context, a *cloud.Account) (rows map[string]report.Row, err error) {
	client := iam.NewFromConfig(a.Config)
	for range reportTries {
		_, err = cloud.Ask(ctx, client.GenerateCredentialReport, &iam.GenerateCredentialReportInput{})
		if sdk.CodeOf(err) != sdk.CodeRateLimited {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	got, err := cloud.Ask(ctx, client.GetCredentialReport, &iam.GetCredentialReportInput{})
	if err != nil {
		return nil, err
	}
	return report.Read(got.Content)
}

// putUser sends a user.
func (r *rights) putUser(ctx context.Context, u types.User, rows map[string]report.Row) error {
	name, arn := aws.ToString(u.UserName), aws.ToString(u.Arn)
	how, err := r.accessOf(ctx, name, rows[arn])
	if err != nil {
		return err
	}
	if how.PasswordUsed == nil {
		how.PasswordUsed = day(u.PasswordLastUsed)
	}
	groups, policies, admin, err := r.ofUser(ctx, name)
	if err != nil {
		return err
	}
	doc := document(struct {
		types.User
		Access access
	}{u, how}, "PasswordLastUsed")
	return r.sink.Put(arn, kind.Account{
		ExternalID: arn, Username: name, Email: addressIn(name), Name: name, Status: "active", Type: typeOf(how.Password),
		Roles: policies, Groups: groups, MFA: how.MFA, Admin: admin, LastLoginAt: at(how.PasswordUsed), CreatedAt: at(u.CreateDate),
		PasswordChangedAt: at(how.PasswordChanged), Vendor: doc,
	})
}

// typeOf says who holds a user: with a password a person, without one a program.
func typeOf(password kind.Tri) kind.Word {
	switch password {
	case kind.Yes:
		return "human"
	case kind.No:
		return "service"
	}
	return ""
}

// addressIn returns a user name that is an email address.
func addressIn(name string) string {
	if before, after, found := strings.Cut(name, "@"); found && before != "" && strings.Contains(after, ".") {
		return name
	}
	return ""
}

// accessOf returns how a user can sign in: by the report, or by IAM's lists for a user whom the report does not have,
// because it is newer or because there is no report.
func (r *rights) accessOf(ctx context.Context, name string, line report.Row) (access, error) {
	if line != nil {
		return accessIn(line), nil
	}
	var how access
	var once onlyFirst
	once.do(func() (err error) { how.MFA, err = r.mfaOf(ctx, name); return r.note(ctx, "second factors", err) })
	once.do(func() (err error) {
		how.Password, err = r.passwordOf(ctx, name)
		return r.note(ctx, "passwords", err)
	})
	once.do(func() (err error) { how.Keys, err = r.keysOf(ctx, name); return r.note(ctx, "access keys", err) })
	return how, once.err
}

// onlyFirst calls functions until one fails.
type onlyFirst struct{ err error }

func (o *onlyFirst) do(f func() error) {
	if o.err == nil {
		o.err = f()
	}
}

// note makes a gap of a fact that could not be read.
func (r *rights) note(ctx context.Context, facts string, err error) error {
	if err == nil {
		return nil
	}
	return r.sink.Miss(ctx, facts+" of "+r.account.String(), err)
}

// accessIn reads a line of the credential report.
func accessIn(line report.Row) access {
	how := access{
		MFA: line.Tri("mfa_active"), Password: line.Tri("password_enabled"),
		PasswordUsed: day(line.Moment("password_last_used")), PasswordChanged: line.Moment("password_last_changed"),
	}
	for _, number := range []string{"1", "2"} {
		prefix := "access_key_" + number + "_"
		active, created := line.Tri(prefix+"active") == kind.Yes, line.Moment(prefix+"last_rotated")
		if active || created != nil { // no key: not active and never made
			how.Keys = append(how.Keys, accessKey{Active: active, Created: created, LastUsed: day(line.Moment(prefix + "last_used_date"))})
		}
	}
	return how
}

func (r *rights) mfaOf(ctx context.Context, name string) (kind.Tri, error) {
	got, err := cloud.Ask(ctx, r.client.ListMFADevices, &iam.ListMFADevicesInput{UserName: &name})
	if err != nil {
		return kind.Unknown, err
	}
	if got.MFADevices == nil {
		return kind.Unknown, cloud.Absent("list of second factors")
	}
	return kind.TriOf(len(got.MFADevices) > 0), nil
}

func (r *rights) passwordOf(ctx context.Context, name string) (kind.Tri, error) {
	got, err := cloud.Ask(ctx, r.client.GetLoginProfile, &iam.GetLoginProfileInput{UserName: &name})
	switch {
	case cloud.HasCode(err, "NoSuchEntity"):
		return kind.No, nil
	case err != nil:
		return kind.Unknown, err
	case got.LoginProfile == nil:
		return kind.Unknown, cloud.Absent("login profile")
	}
	return kind.Yes, nil
}

func (r *rights) keysOf(ctx context.Context, name string) (keys []accessKey, err error) {
	got, err := cloud.Ask(ctx, r.client.ListAccessKeys, &iam.ListAccessKeysInput{UserName: &name})
	if err == nil && got.AccessKeyMetadata == nil {
		err = cloud.Absent("list of access keys")
	}
	if err != nil {
		return nil, err
	}
	for _, key := range got.AccessKeyMetadata {
		one := accessKey{ID: aws.ToString(key.AccessKeyId), Active: key.Status == types.StatusTypeActive, Created: key.CreateDate}
		used, err := cloud.Ask(ctx, r.client.GetAccessKeyLastUsed, &iam.GetAccessKeyLastUsedInput{AccessKeyId: key.AccessKeyId})
		if err := r.note(ctx, "last use of access keys", err); err != nil {
			return nil, err
		}
		if err == nil && used.AccessKeyLastUsed != nil {
			one.LastUsed = day(used.AccessKeyLastUsed.LastUsedDate)
		}
		keys = append(keys, one)
	}
	return keys, nil
}

// putRoot sends the root user, which IAM does not list.
func putRoot(ctx context.Context, a *cloud.Account, k *cloud.Sink, rows map[string]report.Row) error {
	arn := a.ARN("iam", "", "root")
	line := report.Root(rows)
	how := accessIn(line)
	if how.MFA == kind.Unknown {
		summary, err := summary(ctx, a)
		if err := k.Miss(ctx, "second factor of the root user of "+a.String(), err); err != nil {
			return err
		}
		if enabled, told := summary["AccountMFAEnabled"]; told {
			how.MFA = kind.TriOf(enabled > 0)
		}
	}
	return k.Put(arn, kind.Account{
		ExternalID: arn, Username: "root", Name: "Root user of " + a.String(), Status: "active", Type: "human", MFA: how.MFA, Admin: kind.Yes,
		LastLoginAt: at(how.PasswordUsed), CreatedAt: at(line.Moment("user_creation_time")), PasswordChangedAt: at(how.PasswordChanged),
		Vendor: document(map[string]any{"Arn": arn, "Access": how}),
	})
}

// groupRights are what a group may do, read once.
type groupRights struct {
	once     sync.Once
	policies []string
	admin    kind.Tri
	err      error
}
