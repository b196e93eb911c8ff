package view_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/view"
)

var now = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

// texts are the fields of an account that hold text, read the naive way.
var texts = map[string]func(modelRecord) string{
	"name":        func(r modelRecord) string { return r.account.Name },
	"email":       func(r modelRecord) string { return r.account.Email },
	"external_id": func(r modelRecord) string { return r.account.ExternalID },
	"department":  func(r modelRecord) string { return r.account.Department },
	"username":    func(r modelRecord) string { return r.account.Username },
}

var words = map[string]func(modelRecord) string{
	"status": func(r modelRecord) string { return string(r.account.Status) },
	"type":   func(r modelRecord) string { return string(r.account.Type) },
	"mfa":    func(r modelRecord) string { return r.account.MFA.String() },
	"admin":  func(r modelRecord) string { return r.account.Admin.String() },
}

var moments = map[string]func(modelRecord) time.Time{
	"last_login_at": func(r modelRecord) time.Time { return r.account.LastLoginAt.Time },
	"created_at":    func(r modelRecord) time.Time { return r.account.CreatedAt.Time },
	"observed_at":   func(r modelRecord) time.Time { return time.Unix(0, r.from).UTC() },
}

func anyKey[V any](r *rand.Rand, of map[string]V) string {
	keys := make([]string, 0, len(of))
	for k := range of {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return pick(r, keys...)
}

// ask makes up a question.
func ask(r *rand.Rand) *question {
	q := &question{Query: view.Query{Now: now, Limit: pick(r, 3, 10, 40, 200)}}
	for range r.IntN(3) {
		pick(r, q.askText, q.askWord, q.askTime, q.askRoles)(r)
	}
	if r.IntN(3) == 0 {
		q.Text = pick(r, "ann", "BOB", "x.io", "needle", "ZOË", "key-00", "Adm", "\"b\"", "å", "odd")
		part := strings.ToLower(q.Text)
		q.holds = append(q.holds, func(m modelRecord) bool {
			found := strings.Contains(strings.ToLower(m.key), part)
			for _, text := range texts {
				found = found || strings.Contains(strings.ToLower(text(m)), part)
			}
			for _, role := range m.account.Roles {
				found = found || strings.Contains(strings.ToLower(role), part)
			}
			return found
		})
	}
	q.sorted(r)
	return q
}

func (q *question) askText(r *rand.Rand) {
	field := anyKey(r, texts)
	of := func(m modelRecord) string { return strings.ToLower(texts[field](m)) }
	operator, value := pick(r, ":", "!:", "=", "!="), pick(r, "ann", "Ann", "zoë", "BOB", "a@x.io", "s", "key-01")
	if strings.HasSuffix(operator, "=") && r.IntN(4) == 0 {
		value = ""
	}
	q.Where = append(q.Where, field+operator+value)
	value = strings.ToLower(value)
	q.holds = append(q.holds, func(m modelRecord) bool {
		holds := of(m) == value
		if strings.HasSuffix(operator, ":") {
			holds = strings.Contains(of(m), value)
		}
		return holds != strings.HasPrefix(operator, "!")
	})
}

func (q *question) askWord(r *rand.Rand) {
	field := anyKey(r, words)
	operator := pick(r, ":", "!:", "=", "!=")
	values := map[string][]string{
		"status": {"active", "suspended", "unknown"}, "type": {"human", "service", "bot"},
		"mfa": {"yes", "no", "unknown"}, "admin": {"yes", "no", "unknown"},
	}[field]
	asked := values[r.IntN(len(values)):]
	q.Where = append(q.Where, field+operator+strings.Join(asked, ","))
	q.holds = append(q.holds, func(m modelRecord) bool {
		return slices.Contains(asked, words[field](m)) != strings.HasPrefix(operator, "!")
	})
}

func (q *question) askTime(r *rand.Rand) {
	field := anyKey(r, moments)
	operator := pick(r, "<", "<=", ">", ">=", ":", "!=")
	var value string
	var low, high time.Time
	switch r.IntN(4) {
	case 0:
		value, low = "2025-12-20", time.Date(2025, 12, 20, 0, 0, 0, 0, time.UTC)
		high = low.AddDate(0, 0, 1).Add(-1)
	case 1:
		value, low = "20d", now.AddDate(0, 0, -20)
		high = low
	case 2:
		low = time.Date(2026, 1, 1, 0, 0, r.IntN(5), 0, time.UTC)
		value, high = low.Format(time.RFC3339), low
	default:
		operator = pick(r, "=", "!=")
		q.Where = append(q.Where, field+operator)
		q.holds = append(q.holds, func(m modelRecord) bool { return moments[field](m).IsZero() == (operator == "=") })
		return
	}
	q.Where = append(q.Where, field+operator+value)
	q.holds = append(q.holds, func(m modelRecord) bool {
		at := moments[field](m)
		if at.IsZero() {
			return operator == "!="
		}
		within := !at.Before(low) && !at.After(high)
		switch operator {
		case "<":
			return at.Before(low)
		case "<=":
			return !at.After(high)
		case ">":
			return at.After(high)
		case ">=":
			return !at.Before(low)
		case "!=":
			return !within
		}
		return within
	})
}

func (q *question) askRoles(r *rand.Rand) {
	operator, value := pick(r, ":", "!:", "=", "!="), pick(r, "admin", "READ", "a,b", "reader", "")
	if value == "" {
		operator = pick(r, "=", "!=")
	}
	q.Where = append(q.Where, "roles"+operator+value)
	value = strings.ToLower(value)
	q.holds = append(q.holds, func(m modelRecord) bool {
		holds := value == "" && m.account.Roles == nil
		for _, role := range m.account.Roles {
			role = strings.ToLower(role)
			holds = holds || value != "" && (role == value || strings.HasSuffix(operator, ":") && strings.Contains(role, value))
		}
		return holds != strings.HasPrefix(operator, "!")
	})
}

// sorted chooses an order.
func (q *question) sorted(r *rand.Rand) {
	descending := r.IntN(2) == 0
	sign := 1
	if descending {
		sign = -1
	}
	var field string
	switch r.IntN(4) {
	case 0:
		field = "key"
		q.order = func(a, b modelRecord) int { return sign * strings.Compare(a.key, b.key) }
		if !descending && r.IntN(2) == 0 {
			return // it is the order of a list that asks for none
		}
	case 1:
		field = anyKey(r, moments)
		q.order = func(a, b modelRecord) int {
			x, y := moments[field](a), moments[field](b)
			return lastly(x.IsZero(), y.IsZero(), func() int { return sign * x.Compare(y) })
		}
	default:
		of := texts
		if r.IntN(2) == 0 {
			of = words
		}
		field = anyKey(r, of)
		q.order = func(a, b modelRecord) int {
			x, y := strings.ToLower(of[field](a)), strings.ToLower(of[field](b))
			return lastly(x == "", y == "", func() int { return sign * cmp.Compare(x, y) })
		}
	}
	if q.Sort = field; descending {
		q.Sort = "-" + field
	}
}

// lastly puts what is absent behind everything else.
func lastly(a, b bool, other func() int) int {
	switch {
	case a && b:
		return 0
	case a:
		return 1
	case b:
		return -1
	}
	return other()
}

func (q *question) String() string {
	return fmt.Sprintf("where %q text %q sort %q limit %d", q.Where, q.Text, q.Sort, q.Limit)
}
