package adopt

import "strings"

// deployment changes the chain from commit to production.
func (s Settled) deployment(e *edit) {
	e.dropLine("API_DOMAIN:")
	e.dropLine("API_CERT_ARN:")
	s.judging(e)
	if !s.checks() {
		e.dropJob("judged") // nothing was judged
	}
	if !s.Has(Monitoring) {
		e.dropJob("watch-staging")
		e.dropJob("watch-production")
		e.dropSteps(func(step string) bool { return strings.Contains(step, "uses: ./actions/monitoring-stack\n") })
		e.replace("+monitoring-stack\n", "\n")
	}
	if s.Known == nil || !s.Known.Tracing {
		e.dropJob("trace-staging")
	}
	if s.App.Scripts.Integration == "" {
		e.dropJob("integration")
		if s.Has(Monitoring) {
			// The tests would have waited for it: a stage whose monitoring broke is not
			// taken further.
			e.need("gate", "watch-staging")
			e.within("gate", "needs.staging.result == 'success'", `needs.staging.result == 'success' && contains(fromJSON('["success", "skipped"]'), needs.watch-staging.result)`)
		}
	} else {
		e.replace("- name: Vitest against staging\n", "- name: Tests against staging\n")
		e.replace("run: corepack pnpm test:integration\n", "run: "+s.App.Manager.Run(s.App.Scripts.Integration)+"\n")
	}
	s.building(e)
	e.replace("check: /health 200 status=ok commit=${{ github.sha }}", "check: "+s.health()+" 200")
	e.replace("pnpm-=Set-up", s.App.Manager.Name+"-=Set-up")
	s.whichSST(e)
}

// building leaves out the bundle where SST builds the functions itself.
func (s Settled) building(e *edit) {
	build := "run: corepack pnpm build\n"
	switch {
	case s.bundled():
		e.replace(build, "run: "+s.App.Manager.Run(s.App.Scripts.Build)+"\n")
		return
	case s.App.Scripts.Build != "":
		e.replace("- name: Bundle\n", "- name: Build\n")
		e.replace(build, "run: "+s.App.Manager.Run(s.App.Scripts.Build)+"\n")
	default:
		e.dropStep("Bundle")
	}
	e.optional(" One bundle is built and goes all the way.", "")
	e.dropStep("Keep the bundle")
	e.dropStep("Archive the build")
	e.dropStep("The built bundle")
	e.dropLine("          bundle: dist/functions")
	// What SST has built lies in .sst, where the archive looks by itself. The
	// lockfile of a monorepo lies above the app, and is found by the commit.
	archived := "          require: function\n"
	if s.up() == "" {
		archived = ""
	}
	e.replace("          file: dist/**\n", archived)
}

// rollback changes the way back.
func (s Settled) rollback(e *edit) {
	if !s.bundled() {
		e.dropStep("Its bundle")
		e.dropLine("          bundle: \"\"")
	}
	s.whichSST(e)
}

// difference changes what a pull request shows.
func (s Settled) difference(e *edit) {
	if s.bundled() {
		e.replace("run: corepack pnpm build\n", "run: "+s.App.Manager.Run(s.App.Scripts.Build)+"\n")
	} else {
		e.dropStep("Bundle")
		e.dropLine("          bundle: \"\"")
	}
	s.whichSST(e)
}

// deploySteps changes the steps before a deployment.
func (s Settled) deploySteps(e *edit) {
	e.replace("hashFiles(format('{0}/pnpm-lock.yaml', inputs.app), format('{0}/sst.config.ts', inputs.app))",
		"hashFiles('"+s.lock()+"', '"+strings.TrimPrefix(s.App.Folder+"/", "./")+configName+"')")
	if s.bundled() {
		return
	}
	e.dropStep("The built bundle")
	e.replace("  bundle:\n    description: Artifact that holds the app's dist; empty for none.\n    default: bundle\n", "")
	e.replace(", the bundle that was built,", "")
}

// whichSST says where sst is, if not in the app's own node_modules.
func (s Settled) whichSST(e *edit) {
	var sst string
	m := s.App.Manager
	switch up := s.up(); {
	case m.Linked:
		sst = "corepack yarn run sst"
	case up != "" && m.Name != "pnpm":
		// Runners of ubuntu-latest are of this kind. The launcher in .bin would
		// swallow the exit code.
		sst = up + "/node_modules/sst-linux-x64/bin/sst"
	default:
		return
	}
	e.replace("        uses: ./actions/sst-deploy\n        with:\n", "        uses: ./actions/sst-deploy\n        with:\n          sst: "+sst+"\n")
}

// health is the path that a deployment must answer.
func (s Settled) health() string {
	switch {
	case s.Asked.Health != "":
		return s.Asked.Health
	case s.App.SST.Health:
		return "/health"
	}
	return "/"
}
