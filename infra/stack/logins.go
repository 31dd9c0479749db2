package stack

import (
	"speedscale/infra/cluster"
	"speedscale/infra/config"
	"speedscale/infra/containers"
	"speedscale/infra/dockerhost"
	"speedscale/infra/topology"
)

// Logins says what a deployment does about logins. To turn them on or off takes two
// deployments, between which clients with a login and clients without one are both
// served.
type Logins struct {
	Members Members // of members and router
	Clients bool    // whether the stack's own clients log in
}

// Members says whether the members and the router ask their clients to log in. Its
// values are those of the label cluster.LabelLogins.
type Members string

// The values of Members.
const (
	Open     Members = ""
	Optional Members = cluster.LoginsOptional
	Required Members = cluster.LoginsRequired
)

// Note says what the user should know about a deployment with these logins; "" for
// nothing.
func (l Logins) Note(cfg config.Config) string {
	switch {
	case l.Members == Optional && l.Clients:
		return "Logins are being turned on. This is the first of two steps: until the second, servers also let clients in that have none."
	case l.Members == Optional:
		return "Logins are being turned off. This is the first of two steps: until the second, servers still take them."
	case l.Members == Open && cfg.Security.Auth == config.Auto:
		return "This stack asks nobody for a login. To change that, set " + config.Namespace + ":security: {auth: true}."
	}
	return ""
}

// More tells whether another deployment is needed.
func (l Logins) More() bool { return l.Members == Optional }

// nextLogins gets what each member that stands does. A member without a keyfile can
// only work with members that are lenient, and so can a client without a login.
func nextLogins(auth string, deployed []Members) Logins {
	count := map[Members]int{}
	for _, m := range deployed {
		count[m]++
	}
	on := auth == config.On
	if auth == config.Auto {
		on = len(deployed) == 0 || count[Open] < len(deployed)
	}
	switch {
	case on && count[Open] > 0, !on && count[Required] > 0:
		return Logins{Optional, on}
	case on:
		return Logins{Required, true}
	}
	return Logins{Open, false}
}

// membersOf returns what each member of the stack's replica sets does.
func membersOf(standing []dockerhost.Container) (deployed []Members) {
	for _, c := range standing {
		switch topology.Role(c.Labels[containers.LabelRole]) {
		case topology.ConfigServer, topology.ShardMember:
			deployed = append(deployed, Members(c.Labels[cluster.LabelLogins]))
		}
	}
	return deployed
}
