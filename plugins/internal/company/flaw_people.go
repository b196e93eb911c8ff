package company

import "math/rand/v2"

// The flaws of people: what they are given, hold and must do.
var (
	contractorPastEnd = plan{"contractor-past-end", "people", "ended", 14, 400, "A contract has ended, and the contractor is still active.",
		"contractors"}
	movedWithRights = plan{"mover-kept-admin", "groups", "members", 14, 400,
		"A person has moved to another department and is still in a group of administrators.", "access review"}
	checkMissing = plan{"background-check-missing", "background_checks", "status", 20, 400, "A person has no background check.",
		"background checks"}
	checkConsider = plan{"background-check-consider", "background_checks", "result", 60, 400, "A background check found something.",
		"background checks"}
	checkPending = plan{"background-check-pending", "background_checks", "status", 100, 400, "A background check is not complete.",
		"background checks"}
	lateTraining = plan{"training-overdue", "trainings", "completed", 30, 200, "A training is overdue.", "security training"}
	unsigned     = plan{"policy-unsigned", "signatures", "signed", 40, 200, "A policy was not signed within 30 days.", "policy acceptance"}
	deviceOfLeft = plan{"leaver-device-active", "devices", "status", 14, 200, "The laptop of a former employee is not retired.",
		"offboarding"}
	cloudOfLeft = plan{"leaver-cloud-user", "cloud_users", "password", 14, 300, "A former employee has a user in the cloud.", "offboarding"}
	cloudNoMFA  = plan{"cloud-user-without-mfa", "cloud_users", "mfa", 50, 400, "A user of the cloud signs in without a second factor.",
		"multi-factor authentication"}
	staleKey = plan{"stale-access-key", "cloud_users", "access_keys", 90, 400, "An access key is older than 90 days.", "key rotation"}
)

// devicePlans are the flaws of a laptop in use.
var devicePlans = []plan{
	{"unencrypted-device", "devices", "encrypted", 15, 250, "The disk of a laptop is not encrypted.", "device security"},
	{"device-unseen", "devices", "last_seen", 40, 250, "A device was not seen for 90 days.", "device inventory"},
	{"firewall-off", "devices", "firewall", 65, 250, "The firewall of a laptop is off.", "device security"},
	{"screen-lock-off", "devices", "screen_lock", 90, 250, "A laptop does not lock its screen.", "device security"},
	{"antivirus-missing", "devices", "antivirus", 115, 250, "A laptop has no protection from malware.", "device security"},
	{"updates-off", "devices", "automatic_updates", 140, 250, "A laptop does not update itself.", "device security"},
	{"device-without-owner", "devices", "owner_email", 165, 250, "A device belongs to nobody.", "device inventory"},
}

func (c *Company) plantPeople() {
	people, checks, groups := map[int]bool{}, map[int]bool{}, map[int]bool{}
	c.scan(contractorPastEnd, people, func(l *life) bool {
		return l.employment == "contractor" && l.started < -40 && l.ended > LastDay && l.leave[1] == 0 && len(l.posts) == 1
	}, func(l *life, _ int, r *rand.Rand) {
		c.add(contractorPastEnd, "people", l.id(), "", 5+r.IntN(40), stays)
	})
	c.scan(movedWithRights, groups, func(l *life) bool {
		return len(l.posts) == 2 && l.posts[0].engineer() && !l.posts[1].engineer()
	}, func(l *life, _ int, _ *rand.Rand) {
		c.add(movedWithRights, "groups", productionAdmins, l.id(), l.posts[1].from, stays)
	})
	for _, p := range []plan{checkMissing, checkConsider, checkPending} {
		c.scan(p, checks, (*life).steady, func(l *life, _ int, _ *rand.Rand) {
			c.add(p, p.table, "b"+l.id()[1:], "", l.started, stays)
		})
	}
	c.scan(lateTraining, map[int]bool{}, (*life).steady, func(l *life, number int, r *rand.Rand) {
		from, until := span(r, number)
		c.add(lateTraining, "trainings", trainingID(l, 0), "", from, until)
	})
	c.scan(unsigned, map[int]bool{}, (*life).steady, func(l *life, number int, r *rand.Rand) {
		from, until := span(r, number)
		c.add(unsigned, "signatures", signatureID(l, 0), "", from, until)
	})
	c.plantDevices()
	c.plantCloudUsers()
}

// leaves reports whether a person leaves so that what they forget to give back shows.
func (l *life) leaves() bool { return l.ended > -13 && l.ended < LastDay-5 }

// afterwards returns the days of what is left of a person who leaves.
func afterwards(l *life, number int, r *rand.Rand) (from, until int) {
	if number%3 == 1 {
		return l.ended, l.ended + 4 + r.IntN(12)
	}
	return l.ended, stays
}

func (c *Company) plantDevices() {
	taken := map[int]bool{}
	hasOne := func(l *life) bool { return l.n <= c.size.Devices && c.makerOf(l.n).platform != "ios" }
	c.scan(deviceOfLeft, taken, func(l *life) bool { return hasOne(l) && l.leaves() }, func(l *life, number int, r *rand.Rand) {
		from, until := afterwards(l, number, r)
		c.add(deviceOfLeft, "devices", deviceID(l.n), "", from, until)
	})
	for _, p := range devicePlans {
		c.scan(p, taken, func(l *life) bool { return hasOne(l) && l.steady() && l.started < -130 }, func(l *life, number int, r *rand.Rand) {
			from, until := span(r, number)
			c.add(p, "devices", deviceID(l.n), "", from, until)
		})
	}
}

func (c *Company) plantCloudUsers() {
	taken := map[int]bool{}
	c.scan(cloudOfLeft, taken, func(l *life) bool {
		_, until, needed := c.cloudUser(l)
		return needed && l.leaves() && until == l.ended
	}, func(l *life, number int, r *rand.Rand) {
		from, until := afterwards(l, number, r)
		c.add(cloudOfLeft, "cloud_users", l.username, "", from, until)
	})
	for _, p := range []plan{cloudNoMFA, staleKey} {
		c.scan(p, taken, func(l *life) bool {
			_, _, needed := c.cloudUser(l)
			return needed && l.steady() && l.started < -130
		}, func(l *life, number int, r *rand.Rand) {
			from, until := span(r, number)
			c.add(p, "cloud_users", l.username, "", from, until)
		})
	}
}
