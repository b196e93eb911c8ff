package display_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host/display"
)

func TestMask(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Anna Berg":             "A••• ••••",
		"anna.berg@example.com": "a•••.••••@•••••••.•••",
		"+49 171 1234567":       "+4• ••• •••••••",
		"Łukasz":                "Ł•••••",
		"":                      "",
	} {
		if got := display.Mask(text); got != want {
			t.Errorf("%q is masked as %q, want %q", text, got, want)
		}
	}
}

func TestMaskContacts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Owner <ann@example.com> since 2026": "Owner <a••@•••••••.•••> since 2026",
		"+49 (171) 123-4567":                 "+4• (•••) •••-••••",
		"2026-03-01":                         "2026-03-01", // a date is no number of a telephone
		"10.0.0.1":                           "10.0.0.1",
		"1234567890":                         "1234567890",
		"platform team":                      "platform team",
	} {
		if got := display.MaskContacts(text); got != want {
			t.Errorf("%q is masked as %q, want %q", text, got, want)
		}
	}
}

func TestPersonalColumn(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Work e-mail": true, "Full name": true, "name": true, "Login": true, "owner_email": true, "Manager": true,
		"Employee ID": false, "last_login_at": false, "Last login": false, "Department": false, "host name": false, "Status": false, "": false,
	} {
		if display.PersonalColumn(name) != want {
			t.Errorf("%q is personal: %v", name, !want)
		}
	}
}
