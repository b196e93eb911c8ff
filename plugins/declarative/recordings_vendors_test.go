package main

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// recordings are the vendors of which there are recordings.
var recordings = []recorded{
	{
		file: "asana", connector: "asana", settings: members{"workspace": "9999999"}, secrets: []string{"token"},
		streams: map[string]list{"members": {
			path: "/api/1.0/workspaces/9999999/workspace_memberships", inside: "data", items: 1, records: 1, key: "user.gid",
			facts: func(i item, _ *tape) members {
				role := choose(i.is("is_guest"), "Guest", choose(i.is("is_view_only"), "View-only", "Member"))
				return members{
					"email": i.known("user.email"), "name": i.known("user.name"), "type": choose(i.is("is_guest"), "external", "human"),
					"status": choose(i.is("is_active"), "active", "deprovisioned"), "admin": i.answered("is_admin"),
					"roles": []string{choose(i.is("is_admin"), "Admin", role)}, "created_at": i.known("created_at"),
				}
			},
		}},
	},
	{
		file: "authentik", connector: "authentik", settings: members{"base_url": "https://authentik.example.com"}, secrets: []string{"token"},
		absent: []string{"/api/v3/authenticators/admin/email/"}, // a version without such devices
		spare:  []string{"/api/v3/core/brands/"},
		streams: map[string]list{"users": {
			path: "/api/v3/core/users/", inside: "results", items: 7, records: 7, key: "pk",
			facts: func(i item, t *tape) members {
				kind := map[string]string{"internal": "human", "external": "external", "internal_service_account": "service"}[i.text("type")]
				var mfa any
				if kind != "service" {
					mfa = yes(slices.ContainsFunc([]string{"totp", "webauthn", "duo", "sms"}, func(device string) bool {
						return t.has("/api/v3/authenticators/admin/"+device+"/", "results", "user.pk", i.text("pk"))
					}))
				}
				return members{
					"email": i.known("email"), "name": i.known("name"), "username": i.known("username"), "type": kind,
					"status": choose(i.is("is_active"), "active", "suspended"), "admin": i.answered("is_superuser"), "mfa": mfa,
					"roles": i.names("roles_obj", "name"), "groups": i.names("groups_obj", "name"),
					"created_at": i.known("date_joined"), "last_login_at": i.known("last_login"),
				}
			},
		}},
	},
	{
		file: "better_stack", connector: "better-stack", settings: members{"team_name": "acme"}, secrets: []string{"token"},
		streams: map[string]list{"members": {
			path: "/api/v2/team-members", inside: "data", items: 1, records: 1, key: "id",
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("attributes.email"), "name": i.text("attributes.first_name") + " " + i.text("attributes.last_name"),
					"username": i.known("attributes.email"), "type": "human", "status": "active",
					"admin": yes(i.text("attributes.role") == "admin"), "roles": []string{i.text("attributes.role")},
					"created_at": i.known("attributes.created_at"),
				}
			},
		}},
	},
	{
		file: "clickup", connector: "clickup", settings: members{"workspace": "9999999"}, secrets: []string{"token"},
		streams: map[string]list{"members": {
			path: "/api/v2/team/9999999", inside: "team.members", items: 1, records: 1, key: "user.id",
			facts: func(i item, _ *tape) members {
				role := i.text("user.role_key")
				return members{
					"email": i.known("user.email"), "name": i.known("user.username"), "type": choose(role == "guest", "external", "human"),
					"status": choose(i.known("user.date_joined") != nil, "active", "suspended"),
					"admin":  yes(role == "owner" || role == "admin"), "roles": []string{role},
					"created_at": i.milliseconds("user.date_joined"), "last_login_at": day(i.milliseconds("user.last_active")),
				}
			},
		}},
	},
	{
		file: "cloudflare", connector: "cloudflare", secrets: []string{"token"},
		settings: members{"account_id": "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0"},
		streams: map[string]list{"members": {
			path: "/client/v4/accounts/a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0/members", inside: "result", items: 1, records: 1, key: "id",
			where: func(i item, _ *tape) bool { return i.text("status") == "accepted" },
			facts: func(i item, _ *tape) members {
				roles := i.names("roles", "name") // the policies of this recording grant the same
				return members{
					"email": i.known("user.email"), "name": i.known("user.first_name"), "username": i.known("user.email"),
					"type": "human", "status": "active", "mfa": i.answered("user.two_factor_authentication_enabled"),
					"admin": yes(slices.Contains(roles, "Super Administrator - All Privileges")), "roles": roles,
				}
			},
		}},
	},
	{
		file: "gitlab", connector: "gitlab", settings: members{"base_url": "https://gitlab.com", "group": "12345"}, secrets: []string{"token"},
		streams: map[string]list{"members": {
			path: "/api/v4/groups/12345/members/all", items: 1, records: 1, key: "id",
			facts: func(i item, _ *tape) members {
				role := map[string]string{"10": "Guest", "20": "Reporter", "30": "Developer", "40": "Maintainer", "50": "Owner"}
				return members{
					"email": i.known("public_email"), "name": i.known("name"), "username": i.known("username"), "type": "human",
					"status": choose(i.text("state") == "active", "active", "suspended"), "admin": yes(i.text("access_level") == "50"),
					"roles": []string{role[i.text("access_level")]}, "created_at": i.known("created_at"),
				}
			},
		}},
	},
	{
		file: "grafana", connector: "grafana", settings: members{"base_url": "https://grafana.example.com"}, secrets: []string{"token"},
		spare: []string{"/api/org"}, identity: "Acme Grafana",
		streams: map[string]list{"users": {
			path: "/api/org/users", items: 2, records: 2, key: "userId",
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "name": i.known("name"), "username": i.known("login"), "type": "human",
					"status": choose(i.is("isDisabled"), "suspended", "active"), "admin": yes(i.text("role") == "Admin"),
					"roles": []string{i.text("role")}, "last_login_at": day(i.known("lastSeenAt")),
				}
			},
		}},
	},
	{
		file: "heroku", connector: "heroku", settings: members{"team": "acme"}, secrets: []string{"token"},
		streams: map[string]list{"members": {
			path: "/teams/acme/members", items: 2, records: 2, key: "user.id",
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "name": i.known("user.name"), "username": i.known("email"), "type": "human", "status": "active",
					"admin": yes(i.text("role") == "admin"), "mfa": i.answered("two_factor_authentication"), "roles": []string{i.text("role")},
					"created_at": i.known("created_at"),
				}
			},
		}},
	},
	{
		file: "hubspot", connector: "hubspot", settings: members{}, secrets: []string{"token"}, also: hubspotUser,
		absent: []string{"/settings/v3/users/10000003"}, // a user who was removed
		streams: map[string]list{
			"users": {
				path: "/settings/v3/users", inside: "results", items: 2, records: 2, key: "id",
				facts: func(i item, t *tape) members {
					archived := t.has("/crm/v3/owners", "results", "userIdIncludingInactive", i.text("id"))
					roles := []string{}
					for _, set := range t.list("/settings/v3/users/roles", "results") {
						if ids, _ := at(i.value, "roleIds").([]any); slices.Contains(ids, at(set.value, "id")) {
							roles = append(roles, set.text("name"))
						}
					}
					if i.is("superAdmin") {
						roles = append(roles, "Super Admin")
					}
					var last any
					for _, login := range t.list("/account-info/v3/activity/login", "results") {
						if login.is("loginSucceeded") && login.text("userId") == i.text("id") && (last == nil || login.text("loginAt") > last.(string)) {
							last = login.text("loginAt")
						}
					}
					return members{
						"email": i.known("email"), "name": i.text("firstName") + " " + i.text("lastName"), "username": i.known("email"),
						"type": "human", "status": choose(archived, "suspended", "active"), "admin": i.answered("superAdmin"), "roles": roles,
						"last_login_at": last,
					}
				},
			},
			"deactivated_users": {
				path: "/crm/v3/owners", inside: "results", items: 3, records: 1, key: "userIdIncludingInactive",
				where: func(i item, t *tape) bool { // neither a queue nor a user of the list
					return i.text("type") == "PERSON" && !t.has("/settings/v3/users", "results", "id", i.text("userIdIncludingInactive"))
				},
				facts: func(i item, _ *tape) members {
					return members{
						"email": i.known("email"), "name": i.known("email"), "username": i.known("email"), "type": "human", "status": "deprovisioned",
					}
				},
			},
		},
	},
	{
		file: "incidentio", connector: "incident-io", settings: members{}, secrets: []string{"api_key"},
		streams: map[string]list{"users": {
			path: "/v2/users", inside: "users", items: 3, records: 3, key: "id",
			facts: func(i item, _ *tape) members {
				role, custom := cmp.Or(i.text("base_role.name"), i.text("role")), i.names("custom_roles", "name")
				var admin any // a custom role may hold any permission
				if len(custom) == 0 {
					admin = yes(role == "Owner" || role == "administrator")
				}
				return members{
					"email": i.known("email"), "name": i.known("name"), "username": i.known("email"), "type": "human", "status": "active",
					"admin": admin, "roles": append(custom, role),
				}
			},
		}},
	},
	{
		file: "intercom", connector: "intercom", settings: members{"region": "US"}, secrets: []string{"token"},
		streams: map[string]list{"admins": {
			path: "/admins", inside: "admins", items: 5, records: 5, key: "id",
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "name": i.known("name"), "username": i.known("email"), "status": "active",
					"type": choose(strings.HasSuffix(i.text("email"), "@intercom.io"), "bot", "human"),
				}
			},
		}},
	},
	{
		file: "metabase", connector: "metabase", settings: members{"base_url": "https://k7.metabaseapp.com"}, secrets: []string{"key"},
		streams: map[string]list{"people": {
			path: "/api/user", inside: "data", items: 3, records: 3, key: "id",
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "name": cmp.Or(i.text("common_name"), i.text("first_name")+" "+i.text("last_name")),
					"type": "human", "status": choose(i.is("is_active"), "active", "suspended"), "admin": i.answered("is_superuser"),
					"created_at": i.known("date_joined"), "last_login_at": day(i.known("last_login")),
				}
			},
		}},
	},
	{
		file: "microsoft_365", connector: "entra-id", secrets: []string{"client_secret"},
		settings: members{"tenant": "11111111-2222-3333-4444-555555555555", "client_id": "99999999-8888-7777-6666-555555555555"},
		// It was recorded without guests, and with fewer members of each user.
		choosing: []string{"$select", "$filter"}, also: microsoftToken,
		streams: map[string]list{
			"users": {path: "/v1.0/users", inside: "value", items: 4, records: 4, key: "id", facts: microsoftUser},
			"roles": {
				path: "/v1.0/directoryRoles", inside: "value", items: 2, records: 2, key: "id",
				facts: func(i item, _ *tape) members {
					return members{"name": i.known("displayName"), "type": "group", "status": "active"}
				},
			},
		},
	},
	{
		file: "monday", connector: "monday", settings: members{}, secrets: []string{"token"},
		streams: map[string]list{"users": {
			path: "/v2", inside: "data.users", items: 2, records: 2, key: "id",
			facts: func(i item, _ *tape) members {
				var roles any // who is neither an administrator nor a guest may be a viewer, which was not recorded
				if i.is("is_admin") {
					roles = []string{"Admin"}
				}
				return members{
					"email": i.known("email"), "name": i.known("name"), "type": choose(i.is("is_guest"), "external", "human"),
					"status": choose(i.is("enabled") && !i.is("is_pending"), "active", "suspended"), "admin": i.answered("is_admin"),
					"roles": roles, "title": i.known("title"), "created_at": i.known("created_at"), "last_login_at": day(i.known("last_activity")),
				}
			},
		}},
	},
	{
		file: "netlify", connector: "netlify", settings: members{"team": "acme"}, secrets: []string{"token"},
		streams: map[string]list{"members": {
			path: "/api/v1/acme/members", items: 1, records: 1, key: "id",
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "name": i.known("full_name"), "username": i.known("email"), "type": "human", "status": "active",
					"admin": yes(i.text("role") == "Owner"), "mfa": i.answered("mfa_enabled"), "roles": []string{i.text("role")},
					"created_at": i.known("created_at"),
				}
			},
		}},
	},
	{
		file: "pagerduty", connector: "pagerduty", settings: members{"region": "us"}, secrets: []string{"api_key"},
		streams: map[string]list{"users": {
			path: "/users", inside: "users", items: 1, records: 1, key: "id",
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "name": i.known("name"), "username": i.known("email"), "type": "human", "status": "active",
					"admin": yes(i.text("role") == "owner"), "roles": []string{i.text("role")}, "groups": i.names("teams", "summary"),
					"title": i.known("job_title"),
				}
			},
		}},
	},
	{
		file: "posthog", connector: "posthog", settings: members{"base_url": "https://us.posthog.com"}, secrets: []string{"key"},
		streams: map[string]list{"members": {
			path: "/api/organizations/@current/members/", inside: "results", items: 3, records: 3, key: "id",
			facts: func(i item, _ *tape) members {
				role := map[string]string{"1": "member", "8": "admin", "15": "owner"}[i.text("level")]
				return members{
					"email": i.known("user.email"), "name": i.text("user.first_name") + " " + i.text("user.last_name"),
					"username": i.known("user.email"), "type": "human", "status": "active", "admin": yes(role != "member"),
					"mfa": i.answered("is_2fa_enabled"), "roles": []string{role},
					"created_at": i.known("joined_at"), "last_login_at": day(i.known("last_login")),
				}
			},
		}},
	},
	{
		file: "sentry", connector: "sentry", secrets: []string{"token"},
		settings: members{"base_url": "https://sentry.io", "organization": "acme-corp"},
		streams: map[string]list{"members": {
			path: "/api/0/organizations/acme-corp/members/", items: 2, records: 2, key: "id",
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "name": i.known("name"), "username": i.known("user.username"), "type": "human",
					"status": choose(i.is("user.isActive"), "active", "suspended"), "admin": yes(i.text("orgRole") == "owner"),
					"mfa": i.answered("user.has2fa"), "roles": []string{i.text("orgRole")},
					"created_at": i.known("dateCreated"), "last_login_at": i.known("user.lastLogin"),
				}
			},
		}},
	},
	{
		file: "signoz", connector: "signoz", settings: members{"base_url": "https://signoz.example.com"}, secrets: []string{"api_key"},
		spare: []string{"/api/v2/orgs/me"}, identity: "Example Org",
		streams: map[string]list{"users": {
			path: "/api/v1/user", inside: "data", items: 6, records: 5, key: "id",
			where: func(i item, _ *tape) bool { return i.text("status") != "pending_invite" },
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "name": i.known("displayName"), "username": i.known("email"), "type": "human",
					"status": choose(i.text("status") == "deleted", "deprovisioned", "active"),
					"admin":  yes(i.is("isRoot") || i.text("role") == "ADMIN"), "roles": []string{i.text("role")},
					"created_at": i.known("createdAt"),
				}
			},
		}},
	},
	{
		file: "supabase", connector: "supabase", settings: members{"organization": "acme-corp"}, secrets: []string{"token"},
		streams: map[string]list{"members": {
			path: "/v1/organizations/acme-corp/members", items: 1, records: 1, key: "user_id",
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "username": i.known("user_name"), "type": "human", "status": "active",
					"admin": yes(i.text("role_name") == "Owner"), "mfa": i.answered("mfa_enabled"), "roles": []string{i.text("role_name")},
				}
			},
		}},
	},
	{
		file: "vercel", connector: "vercel", settings: members{"team_id": "team_acme"}, secrets: []string{"token"},
		streams: map[string]list{"members": {
			path: "/v3/teams/team_acme/members", inside: "members", items: 2, records: 1, key: "uid",
			where: func(i item, _ *tape) bool { return i.is("confirmed") },
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "name": i.known("name"), "username": i.known("username"), "type": "human", "status": "active",
					"admin": yes(i.text("role") == "OWNER"), "roles": []string{i.text("role")}, "created_at": i.milliseconds("createdAt"),
				}
			},
		}},
	},
	{
		file: "zendesk", connector: "zendesk", secrets: []string{"token"},
		settings: members{"subdomain": "acme", "email": "audit@example.com"},
		streams: map[string]list{"agents": {
			path: "/api/v2/users.json", inside: "users", items: 3, records: 2, key: "id",
			where: func(i item, _ *tape) bool { return i.text("role") != "end-user" },
			facts: func(i item, _ *tape) members {
				return members{
					"email": i.known("email"), "name": i.known("name"), "type": "human",
					"status": choose(i.is("suspended") || !i.is("active"), "suspended", "active"), "admin": yes(i.text("role") == "admin"),
					"mfa": i.answered("two_factor_auth_enabled"), "roles": []string{i.text("role")},
					"created_at": i.known("created_at"), "last_login_at": i.known("last_login_at"),
				}
			},
		}},
	},
}

// hubspotUser answers the request for one user with the user of the recorded list.
func hubspotUser(t *tape, r *http.Request) any {
	id, one := strings.CutPrefix(r.URL.Path, "/settings/v3/users/")
	for _, user := range t.list("/settings/v3/users", "results") {
		if one && user.text("id") == id {
			return user.value
		}
	}
	return nil
}

// microsoftToken gives the token, which was not recorded.
func microsoftToken(_ *tape, r *http.Request) any {
	if r.Host != "login.microsoftonline.com" {
		return nil
	}
	return map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": "example-0123456789"}
}

func microsoftUser(i item, t *tape) members {
	roles := []string{}
	for _, role := range t.list("/v1.0/directoryRoles", "value") {
		if t.has("/v1.0/directoryRoles/"+role.text("id")+"/members", "value", "id", i.text("id")) {
			roles = append(roles, role.text("displayName"))
		}
	}
	var mfa, admin any
	for _, registration := range t.list("/v1.0/reports/authenticationMethods/userRegistrationDetails", "value") {
		if strings.EqualFold(registration.text("userPrincipalName"), i.text("userPrincipalName")) {
			mfa = registration.answered("isMfaRegistered")
		}
	}
	if len(roles) > 0 { // both roles of the recording change the access of others
		admin = "yes"
	}
	return members{
		"email": i.known("mail"), "name": i.known("displayName"), "username": i.known("userPrincipalName"), "type": "human",
		"status": choose(i.is("accountEnabled"), "active", "suspended"), "admin": admin, "mfa": mfa, "roles": roles,
		"title": i.known("jobTitle"), "department": i.known("department"), "created_at": i.known("createdDateTime"),
	}
}
