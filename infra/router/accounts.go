package router

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"speedscale/infra/router/auth"
)

// Users and roles are the config servers'. These commands exist only with a
// keyfile.

// accountFields are the fields of the commands about users and roles, as fields.
var accountFields = map[string]map[string]bool{
	"createUser":               names("pwd", "customData", "roles", "digestPassword", "authenticationRestrictions", "mechanisms"),
	"updateUser":               names("pwd", "customData", "roles", "digestPassword", "authenticationRestrictions", "mechanisms"),
	"dropUser":                 {},
	"dropAllUsersFromDatabase": {},
	"grantRolesToUser":         names("roles"),
	"revokeRolesFromUser":      names("roles"),
	"usersInfo":                names("showCredentials", "showCustomData", "showPrivileges", "showAuthenticationRestrictions", "filter"),
	"createRole":               names("privileges", "roles", "authenticationRestrictions"),
	"updateRole":               names("privileges", "roles", "authenticationRestrictions"),
	"dropRole":                 {},
	"dropAllRolesFromDatabase": {},
	"grantPrivilegesToRole":    names("privileges"),
	"revokePrivilegesFromRole": names("privileges"),
	"grantRolesToRole":         names("roles"),
	"revokeRolesFromRole":      names("roles"),
	"rolesInfo":                names("showBuiltinRoles", "showPrivileges", "showAuthenticationRestrictions"),
	"invalidateUserCache":      {},
}

// accounts are the handlers of these commands.
func accounts(r *Router) map[string]handler {
	handlers := map[string]handler{}
	for name := range accountFields {
		handlers[name] = r.changeAccounts
	}
	handlers["usersInfo"], handlers["rolesInfo"] = r.config("usersInfo", false), r.config("rolesInfo", false)
	handlers["invalidateUserCache"] = r.invalidateUserCache
	return handlers
}

// changeAccounts changes a user or a role, which holds here at once.
func (r *Router) changeAccounts(ctx context.Context, q *request) (bsoncore.Document, error) {
	defer r.logins.users.forget() // also when the outcome is not known
	return r.plain(ctx, q, r.cluster.ConfigPrimary, false, bson.D{majority})
}

func (r *Router) invalidateUserCache(context.Context, *request) (bsoncore.Document, error) {
	r.logins.users.forget()
	return ok1(), nil
}

// namesIn are the users or roles of a list, or the one that stands there alone; not
// ok if one cannot be read.
func namesIn(v bsoncore.Value, key, db string) (list []auth.Name, ok bool) {
	array, isList := v.ArrayOK()
	if !isList {
		name, ok := nameIn(v, key, db)
		return []auth.Name{name}, ok
	}
	values, err := array.Values()
	if err != nil {
		return nil, false
	}
	for _, v := range values {
		name, ok := nameIn(v, key, db)
		if !ok {
			return nil, false
		}
		list = append(list, name)
	}
	return list, true
}

func nameIn(v bsoncore.Value, key, db string) (auth.Name, bool) {
	if name, ok := v.StringValueOK(); ok {
		return auth.Name{Name: name, DB: db}, true
	}
	doc, ok := v.DocumentOK()
	elements, err := doc.Elements()
	name, hasName := doc.Lookup(key).StringValueOK()
	in, hasDB := doc.Lookup("db").StringValueOK()
	return auth.Name{Name: name, DB: in}, ok && err == nil && len(elements) == 2 && hasName && hasDB
}

// mayHandOut says whether the user may do action, grantRole or revokeRole, with
// all roles and privileges that the command names.
func mayHandOut(u *auth.User, q *request, action string) bool {
	if v, err := q.body.LookupErr("roles"); err == nil {
		roles, ok := namesIn(v, "role", q.db)
		if !ok {
			return false
		}
		for _, role := range roles {
			if !u.Can(auth.Database(role.DB), action) {
				return false
			}
		}
	}
	if v, err := q.body.LookupErr("privileges"); err == nil {
		return mayHandOutPrivileges(u, v, action)
	}
	return true
}

func mayHandOutPrivileges(u *auth.User, v bsoncore.Value, action string) bool {
	list, ok := v.ArrayOK()
	values, err := list.Values()
	if !ok || err != nil {
		return false
	}
	for _, v := range values {
		privilege, _ := v.DocumentOK()
		doc, _ := privilege.Lookup("resource").DocumentOK()
		r, ok := auth.ParseResource(doc)
		if !ok || twice(privilege) != "" || twice(doc) != "" || !u.Can(auth.Database(r.Holder()), action) {
			return false
		}
	}
	return true
}

func mayGrant(u *auth.User, q *request) bool  { return mayHandOut(u, q, "grantRole") }
func mayRevoke(u *auth.User, q *request) bool { return mayHandOut(u, q, "revokeRole") }

func mayRestrict(u *auth.User, q *request) bool {
	return !q.has("authenticationRestrictions") || u.Can(auth.Database(q.db), "setAuthenticationRestriction")
}

func mayCreateUser(u *auth.User, q *request) bool {
	return u.Can(auth.Database(q.db), "createUser") && mayGrant(u, q) && mayRestrict(u, q)
}

func mayCreateRole(u *auth.User, q *request) bool {
	return u.Can(auth.Database(q.db), "createRole") && mayGrant(u, q) && mayRestrict(u, q)
}

// mayUpdateRole: nobody knows what the role had, so one must be able to revoke
// anything.
func mayUpdateRole(u *auth.User, q *request) bool {
	return u.Can(auth.AnyNormal, "revokeRole") && mayGrant(u, q) && mayRestrict(u, q)
}

func mayUpdateUser(u *auth.User, q *request) bool {
	db, self := auth.Database(q.db), u.Name == auth.Name{Name: q.text("updateUser"), DB: q.db}
	can := func(action, own string) bool { return u.Can(db, action) || self && u.Can(db, own) }
	switch {
	case (q.has("pwd") || q.has("mechanisms")) && !can("changePassword", "changeOwnPassword"):
		return false
	case q.has("customData") && !can("changeCustomData", "changeOwnCustomData"):
		return false
	case q.has("roles") && !u.Can(auth.AnyNormal, "revokeRole"):
		return false
	}
	return mayGrant(u, q) && mayRestrict(u, q)
}

// mayViewUsers: everybody may look at himself.
func mayViewUsers(u *auth.User, q *request) bool {
	v := q.body.Index(0).Value()
	if doc, ok := v.DocumentOK(); ok && truthy(doc.Lookup("forAllDBs")) {
		return u.Can(auth.Cluster, "viewUser")
	}
	if v.IsNumber() {
		return u.Can(auth.Database(q.db), "viewUser")
	}
	list, ok := namesIn(v, "user", q.db)
	for _, name := range list {
		ok = ok && (name == u.Name || u.Can(auth.Database(name.DB), "viewUser"))
	}
	return ok
}

// mayViewRoles: everybody may look at the roles of his own.
func mayViewRoles(u *auth.User, q *request) bool {
	v := q.body.Index(0).Value()
	if v.IsNumber() {
		return u.Can(auth.Database(q.db), "viewRole")
	}
	list, ok := namesIn(v, "role", q.db)
	for _, name := range list {
		ok = ok && (u.Has(name) || u.Can(auth.Database(name.DB), "viewRole"))
	}
	return ok
}
