package knowbe4_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

const token = "knowbe4-canary-token-4711"

// console serves KnowBe4's documented Reporting API. A test changes the size of its account.
type console struct {
	mu          sync.Mutex
	users       []int // by id
	enrollments int
	leaveAfter  int // a user of the first page leaves after so many pages of users; 0 = nobody
}

func newConsole(users int) *console {
	c := &console{}
	c.set(users)
	return c
}

// set changes the number of users. Each has one enrollment.
func (c *console) set(users int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users, c.enrollments = nil, users
	for n := range users {
		c.users = append(c.users, 1000+n)
	}
}

func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Request-Id", "1235678-39e4")
	if r.Header.Get("Authorization") != "Bearer "+token {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "Your API key is incorrect."})
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch r.URL.Path {
	case "/v1/account":
		answer(w, http.StatusOK, map[string]any{
			"name": "KB4-Demo", "type": "paid", "domains": []string{"kb4-demo.com"}, "subscription_level": "Diamond",
			"admins": []any{map[string]any{"id": 1000, "email": "u1000@kb4-demo.com"}}, "number_of_seats": 25,
		})
	case "/v1/groups":
		page(w, r, 1, func(int) any { return map[string]any{"id": 3264, "name": "Sales", "member_count": len(c.users)} })
	case "/v1/users":
		page(w, r, len(c.users), func(n int) any { return user(c.users[n]) })
		if c.leaveAfter > 0 {
			if c.leaveAfter--; c.leaveAfter == 0 {
				c.users = slices.Delete(c.users, 0, 1)
			}
		}
	case "/v1/training/enrollments":
		page(w, r, c.enrollments, enrollment)
	default:
		answer(w, http.StatusNotFound, map[string]any{"error": "The specified resource could not be found."})
	}
}

// page answers with one page of a list: a bare array, without a total.
func page(w http.ResponseWriter, r *http.Request, total int, row func(n int) any) {
	number, err := strconv.Atoi(r.URL.Query().Get("page"))
	size, sizeErr := strconv.Atoi(r.URL.Query().Get("per_page"))
	if err != nil || sizeErr != nil || number < 1 || size < 1 || size > 500 {
		answer(w, http.StatusBadRequest, map[string]any{"error": "page"})
		return
	}
	rows := []any{}
	for n := (number - 1) * size; n < min(number*size, total); n++ {
		rows = append(rows, row(n))
	}
	answer(w, http.StatusOK, rows)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func user(id int) map[string]any {
	u := map[string]any{
		"id": id, "employee_number": strconv.Itoa(id), "first_name": "User", "last_name": strconv.Itoa(id),
		"email": fmt.Sprintf("u%d@kb4-demo.com", id), "phish_prone_percentage": 14.235, "current_risk_score": 45.742,
		"mobile_phone_number": "555-553-4422", "groups": []int{3264}, "aliases": []string{}, "status": "active",
		"joined_on": "2019-04-02T15:02:38.000Z", "last_sign_in": "2019-04-02T15:02:38.000Z",
		"department": "Sales", "manager_email": "mscott@kb4-demo.com", "archived_at": nil, "custom_date_1": "1986-11-26",
	}
	if id%2 == 1 {
		u["status"], u["archived_at"] = "archived", "2020-04-02T15:02:38.000Z"
	}
	return u
}

func enrollment(n int) any {
	return map[string]any{
		"enrollment_id": 5000 + n, "content_type": "Uploaded Policy", "module_name": "Acceptable Use Policy",
		"user": map[string]any{"id": 1000 + n, "first_name": "User", "last_name": strconv.Itoa(1000 + n),
			"email": fmt.Sprintf("u%d@kb4-demo.com", 1000+n)},
		"campaign_name":   "New Employee Policies",
		"enrollment_date": "2019-04-02T15:02:38.000Z", "completion_date": "2019-04-03T15:02:38.000Z",
		"status": "Passed", "time_spent": 2340, "policy_acknowledged": false,
	}
}
