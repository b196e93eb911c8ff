package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// simulator is a GitHub with one organization, as its documentation describes it.
type simulator struct {
	mode vendor.Mode
	held *tables

	mu       sync.Mutex
	asked    int
	turns    map[string]int // requests of a list that moves
	unknown  []string
	noGraph  bool // like a server without GraphQL
	version  string
	scopes   string // of a classic token
	stranger bool   // the owner of the token is not a member
}

const (
	simToken        = "github_pat_canary0123456789"
	simInstallation = "ghs_canary9876543210"
	simDay          = "2026-10-31T12:00:00Z"
)

func newSimulator(m vendor.Mode, held *tables) *simulator {
	return &simulator{mode: m, held: held, turns: map[string]int{}}
}

// Requests implements prove.Vendor.
func (s *simulator) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Problems implements prove.Vendor.
func (s *simulator) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unknown)
}

// call is one request.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	path  string
	query url.Values
	part  []string // of the path, from the pattern
}

func (c call) answer(status int, body any) {
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(status)
	_ = json.NewEncoder(c.w).Encode(body)
}

func (c call) refuse(status int, words string) {
	c.answer(status, map[string]any{"message": words, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}

// route is one documented request.
type route struct {
	pattern    *regexp.Regexp
	permission string
	serve      func(s *simulator, c call)
}

func at(pattern, permission string, serve func(s *simulator, c call)) route {
	return route{regexp.MustCompile("^" + strings.ReplaceAll(pattern, "*", "([^/]+)") + "$"), permission, serve}
}

func routes() []route {
	return []route{
		at("/", "", func(_ *simulator, c call) { c.w.WriteHeader(http.StatusOK) }),
		at("/user", "", (*simulator).user),
		at("/user/memberships/orgs/acme", permMembers, (*simulator).membership),
		at("/orgs/acme", "", func(_ *simulator, c call) { c.answer(200, map[string]any{"login": "acme", "id": 1}) }),
		at("/orgs/acme/installation", "", (*simulator).installation),
		at("/app/installations/7/access_tokens", "", (*simulator).installationToken),
		at("/orgs/acme/members", "", (*simulator).members),
		at("/orgs/acme/outside_collaborators", permMembers, (*simulator).members),
		at("/orgs/acme/teams", permMembers, func(s *simulator, c call) { s.numbered(c, s.held.teams) }),
		at("/orgs/acme/teams/*/members", permMembers, func(s *simulator, c call) { s.numbered(c, s.held.teamMembers(c.part[0])) }),
		at("/users/*", "", (*simulator).profile),
		at("/orgs/acme/repos", permMetadata, (*simulator).repositories),
		at("/repos/acme/*/branches/*/protection", permAdministration, (*simulator).protection),
		at("/repos/acme/*/rules/branches/*", permMetadata, (*simulator).rules),
		at("/repos/acme/*/vulnerability-alerts", permAdministration, (*simulator).vulnerabilityAlerts),
		at("/repos/acme/*/pulls", permPulls, (*simulator).pulls),
		at("/repos/acme/*/pulls/*", permPulls, (*simulator).pull),
		at("/repos/acme/*/pulls/*/reviews", permPulls, (*simulator).reviews),
		at("/repos/acme/*/commits/*/status", permStatuses, (*simulator).status),
		at("/repos/acme/*/commits/*/check-runs", permChecks, (*simulator).checkRuns),
		at("/orgs/acme/dependabot/alerts", permDependabot, func(s *simulator, c call) { s.linked(c, s.held.dependabot) }),
		at("/orgs/acme/secret-scanning/alerts", permSecrets, (*simulator).secrets),
		at("/graphql", "", (*simulator).graphql),
	}
}

// ServeHTTP implements http.Handler.
func (s *simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	s.mu.Unlock()
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.EscapedPath(), "/api/v3"), "/api")
	c := call{w: w, r: r, path: path, query: r.URL.Query()}
	w.Header().Set("X-GitHub-Request-Id", "0123:4567")
	if s.version != "" {
		w.Header().Set("X-GitHub-Enterprise-Version", s.version)
	}
	if s.scopes != "" {
		w.Header().Set("X-OAuth-Scopes", s.scopes)
	}
	if s.mode.Refuse || !s.signedIn(r, path) {
		c.refuse(401, "Bad credentials")
		return
	}
	for _, route := range routes() {
		found := route.pattern.FindStringSubmatch(path)
		if found == nil {
			continue
		}
		for _, part := range found[1:] {
			plain, _ := url.PathUnescape(part)
			c.part = append(c.part, plain)
		}
		if route.permission != "" && route.permission == s.mode.Without {
			s.forbid(c, route.permission)
			return
		}
		route.serve(s, c)
		return
	}
	s.mu.Lock()
	s.unknown = append(s.unknown, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	c.refuse(404, "Not Found")
}

// signedIn reports whether the request has the right credential: the statement of the App itself for two requests.
func (s *simulator) signedIn(r *http.Request, path string) bool {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if path == "/orgs/acme/installation" || strings.HasPrefix(path, "/app/") {
		return strings.Count(token, ".") == 2
	}
	return token == simToken || token == simInstallation
}

func (s *simulator) forbid(c call, permission string) {
	c.w.Header().Set("X-Accepted-GitHub-Permissions", strings.ReplaceAll(permission, ":", "="))
	c.refuse(403, "Resource not accessible by personal access token")
}

func (s *simulator) user(c call) {
	c.answer(200, map[string]any{"login": "auditor", "id": 5, "type": "User"})
}

func (s *simulator) membership(c call) {
	if s.stranger {
		c.refuse(404, "Not Found")
		return
	}
	c.answer(200, map[string]any{"state": "active", "role": "admin"})
}

func (s *simulator) grants() map[string]string {
	all := map[string]string{}
	for _, p := range permissions() {
		if name, level, found := strings.Cut(p.ID, ":"); found && p.ID != s.mode.Without {
			all[name] = level
		}
	}
	return all
}

func (s *simulator) installation(c call) {
	c.answer(200, map[string]any{"id": 7, "app_slug": "plumbline", "repository_selection": "all", "permissions": s.grants(),
		"suspended_at": nil})
}

func (s *simulator) installationToken(c call) {
	if c.r.Method != http.MethodPost {
		c.refuse(404, "Not Found")
		return
	}
	c.answer(201, map[string]any{"token": simInstallation, "expires_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
		"permissions": s.grants(), "repository_selection": "all"})
}

// members answers the members, or the outside collaborators.
func (s *simulator) members(c call) {
	rows := s.held.members
	if strings.HasSuffix(c.path, "/outside_collaborators") {
		rows = s.held.outside
	}
	if s.mode.Without == permMembers || s.stranger { // only those who made it public
		rows = rows[:min(len(rows), 3)]
	}
	if c.query.Get("filter") == "2fa_disabled" {
		if s.mode.Without == permOwner {
			c.refuse(422, "Only owners can use this filter.")
			return
		}
		rows = having(rows, func(u row) bool { return u["mfa"] == false })
	}
	if c.query.Get("role") == "admin" {
		rows = having(rows, func(u row) bool { return u["owner"] == true })
	}
	s.numbered(c, rows)
}

func (s *simulator) profile(c call) {
	for _, u := range slices.Concat(s.held.members, s.held.outside) {
		if u["login"] == c.part[0] {
			c.answer(200, map[string]any{"login": u["login"], "id": u["id"], "name": u["name"], "email": u["email"], "created_at": u["created_at"]})
			return
		}
	}
	c.refuse(404, "Not Found")
}

func (s *simulator) repositories(c call) {
	rows := s.held.repositories
	if c.query.Get("type") == "private" {
		rows = having(rows, func(r row) bool { return r["private"] == true })
	}
	if s.mode.Without == permAdministration {
		rows = without(rows, "security_and_analysis")
	}
	s.numbered(c, rows)
}

func (s *simulator) repository(c call) row { return s.held.byName[c.part[0]] }

func (s *simulator) protection(c call) {
	r := s.repository(c)
	switch {
	case r == nil:
		c.refuse(404, "Not Found")
	case r["empty"] == true || r["default_branch"] != c.part[1]:
		c.refuse(404, "Branch not found")
	case r["classic"] == nil:
		c.refuse(404, "Branch not protected")
	default:
		c.answer(200, r["classic"])
	}
}

func (s *simulator) rules(c call) {
	r := s.repository(c)
	if r == nil {
		c.refuse(404, "Not Found")
		return
	}
	c.answer(200, r["rules"])
}

func (s *simulator) vulnerabilityAlerts(c call) {
	if r := s.repository(c); r != nil && r["alerts"] == true {
		c.w.WriteHeader(204)
		return
	}
	c.refuse(404, "Vulnerability alerts are disabled.")
}

// pulls answers the pull requests of a repository, the last updated first.
func (s *simulator) pulls(c call) {
	if c.query.Get("state") != "closed" {
		c.refuse(422, "Validation Failed")
		return
	}
	s.page(c, s.held.pulls[c.part[0]], "page")
}

func (s *simulator) find(c call) row {
	for _, p := range s.held.pulls[c.part[0]] {
		if fmt.Sprint(p["number"]) == c.part[1] || p["head"].(row)["sha"] == c.part[1] {
			return p
		}
	}
	return nil
}

func (s *simulator) pull(c call) {
	p := s.find(c)
	if p == nil {
		c.refuse(404, "Not Found")
		return
	}
	whole := row{"merged_by": row{"login": p["merger"]}}
	for name, value := range p {
		whole[name] = value
	}
	c.answer(200, whole)
}

func (s *simulator) reviews(c call) {
	p := s.find(c)
	if p == nil {
		c.refuse(404, "Not Found")
		return
	}
	s.page(c, p["reviews"].([]row), "page")
}

// status answers the combined status: "pending" when there is no status.
func (s *simulator) status(c call) {
	p := s.find(c)
	if p == nil || p["check_source"] != "status" {
		c.answer(200, row{"state": "pending", "statuses": []row{}, "total_count": 0})
		return
	}
	c.answer(200, row{"state": p["check_state"], "statuses": []row{{"state": p["check_state"]}}, "total_count": 1})
}

func (s *simulator) checkRuns(c call) {
	p := s.find(c)
	if p == nil || p["check_source"] != "runs" {
		c.answer(200, row{"total_count": 0, "check_runs": []row{}})
		return
	}
	c.answer(200, row{"total_count": 2, "check_runs": []row{
		{"name": "lint", "status": "completed", "conclusion": "skipped"},
		{"name": "test", "status": "completed", "conclusion": p["check_state"]},
	}})
}

func (s *simulator) secrets(c call) {
	rows := s.held.secrets
	if c.query.Get("hide_secret") != "true" {
		c.refuse(422, "the test wants the secrets hidden")
		return
	}
	s.page(c, rows, "page")
}

// graphql answers the two queries of the connector.
func (s *simulator) graphql(c call) {
	raw, _ := io.ReadAll(c.r.Body)
	var q struct {
		Query     string `json:"query"`
		Variables struct {
			IDs []string `json:"ids"`
		} `json:"variables"`
	}
	if s.noGraph || c.r.Method != http.MethodPost || json.Unmarshal(raw, &q) != nil {
		c.refuse(404, "Not Found")
		return
	}
	nodes, faults := make([]any, len(q.Variables.IDs)), []row{}
	for i, id := range q.Variables.IDs {
		item := s.held.byNode[id]
		switch {
		case item == nil:
			faults = append(faults, row{"type": "NOT_FOUND", "path": []any{"nodes", i}, "message": "Could not resolve to a node"})
		case strings.Contains(q.Query, "PullRequest"):
			node := graphOf(item)
			if s.mode.Without == permChecks || s.mode.Without == permStatuses {
				node["commits"] = nil
				faults = append(faults, row{"type": "FORBIDDEN", "path": []any{"nodes", i, "commits", "nodes", 0},
					"message": "Resource not accessible by personal access token"})
			}
			nodes[i] = node
		default:
			nodes[i] = row{"id": id, "name": item["name"], "email": item["email"], "createdAt": item["created_at"],
				"organizationVerifiedDomainEmails": item["verified"]}
		}
	}
	body := row{"data": row{"nodes": nodes}}
	if len(faults) > 0 {
		body["errors"] = faults
	}
	c.answer(200, body)
}

// graphOf returns a pull request as GraphQL shows it.
func graphOf(p row) row {
	reviews := []row{}
	for _, r := range p["reviews"].([]row) {
		reviews = append(reviews, row{"author": graphUser(r["user"].(row)["login"].(string)), "state": r["state"],
			"submittedAt": r["submitted_at"]})
	}
	var rollup any
	if p["check_source"] != "" {
		rollup = row{"state": strings.ToUpper(p["check_state"].(string))}
	}
	return row{"id": p["node_id"], "mergedBy": graphUser(p["merger"].(string)),
		"reviews": row{"pageInfo": row{"hasNextPage": false}, "nodes": reviews},
		"commits": row{"nodes": []row{{"commit": row{"oid": p["head"].(row)["sha"], "statusCheckRollup": rollup}}}}}
}

func graphUser(login string) row {
	if name, bot := strings.CutSuffix(login, "[bot]"); bot {
		return row{"__typename": "Bot", "login": name}
	}
	return row{"__typename": "User", "login": login}
}

// numbered answers a page by its number. A list that moves is turned at its second and its fifth request.
func (s *simulator) numbered(c call, rows []row) {
	if s.mode.Moving && len(rows) > 1 {
		key := c.path + c.query.Get("filter") + c.query.Get("role")
		s.mu.Lock()
		s.turns[key]++
		by := 0
		if s.turns[key] >= 2 {
			by += 17
		}
		if s.turns[key] >= 5 {
			by += 40
		}
		s.mu.Unlock()
		by %= len(rows)
		rows = slices.Concat(rows[by:], rows[:by])
	}
	s.page(c, rows, "page")
}

// linked answers a page by a token in the address of the next page.
func (s *simulator) linked(c call, rows []row) { s.page(c, rows, "after") }

func (s *simulator) page(c call, rows []row, by string) {
	size := 30
	if n, err := strconv.Atoi(c.query.Get("per_page")); err == nil {
		size = min(max(n, 1), 100)
	}
	page, _ := strconv.Atoi(strings.TrimPrefix(c.query.Get(by), "Y3Vyc29y"))
	page = max(page, 1)
	from := min((page-1)*size, len(rows))
	until := min(from+size, len(rows))
	if until < len(rows) {
		next := *c.r.URL
		next.Scheme, next.Host = "https", c.r.Host
		if strings.HasPrefix(c.r.Host, "127.") {
			next.Scheme = "http"
		}
		query := next.Query()
		token := strconv.Itoa(page + 1)
		if by == "after" {
			token = "Y3Vyc29y" + token
		}
		query.Set(by, token)
		next.RawQuery = query.Encode()
		c.w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, next.String()))
	}
	shown := make([]row, 0, size)
	for _, r := range rows[from:until] {
		shown = append(shown, public(r))
	}
	c.answer(200, shown)
}

// The messages and requests that tests look at.
type (
	requestMessage = connectorv1.Request
	syncMessage    = connectorv1.SyncResponse
	sdktestRequest = replay.Request
)
