"""What every Caddy file of ours begins with: how a request finds its color, and what is said when it finds none.

``maintenance.on`` is looked for first, then ``green.on``, ``blue.on``, and ``green.on`` once more: a switch that
comes between two looks is never taken for an empty site. No request is sent twice, and no color is asked whether
it is well: users get what it answers, and the watch judges that.
"""

ALIVE = "/.mainstay/alive"  # on a preview address: the proxy itself answers, whatever its colors do

SNIPPETS = """\
(mainstay_color) {
	# COLOR UPSTREAM
	vars shows {args[0]}
	log_append <color {args[0]}
	reverse_proxy {args[1]} {
		header_up -X-Mainstay-Color
		transport http {
			dial_timeout 2s
			keepalive 4s # below what applications keep: Node's own default is 5 s
			compression off
			versions 1.1
		}
	}
}

(mainstay_says) {
	# STATUS TITLE WORDS
	header Content-Type "text/html; charset=utf-8"
	header Cache-Control no-store
	header Retry-After 30
	respond "<!doctype html><title>{args[1]}</title><h1>{args[1]}</h1><p>{args[2]}</p>" {args[0]}
}

(mainstay_opening) {
	# on every answer; what the log is to have is said before ("<"): an answer that breaks off comes to no end
	log_append <agent {header.User-Agent}
	header >X-Mainstay-Shows {vars.shows}
	vars shows nothing
}

(mainstay_errors) {
	handle_errors {
		header >X-Mainstay-Shows {vars.shows}
		@gone vars shows page
		handle @gone {
			# it was taken down between the look and the reading
			import mainstay_says 503 "Back soon" "Ask again."
		}
		handle {
			import mainstay_says {err.status_code} "No answer" "The application did not answer."
		}
	}
}

(mainstay_flags) {
	# FLAGS
	@page file {
		root {args[0]}
		try_files /maintenance.on
	}
	@green file {
		root {args[0]}
		try_files /green.on
	}
	@blue file {
		root {args[0]}
		try_files /blue.on
	}
}

(mainstay_shown) {
	# FLAGS GREEN BLUE
	import mainstay_flags {args[0]}
	route {
		import mainstay_opening
		handle @page {
			vars shows page
			log_append <color page
			templates {
				root {args[0]}
			}
			import mainstay_says 503 "Back soon" "{{readFile `maintenance.on` | trim | html}}"
		}
		handle @green {
			import mainstay_color green {args[1]}
		}
		handle @blue {
			import mainstay_color blue {args[2]}
		}
		handle @green {
			# a switch came between the two looks
			import mainstay_color green {args[1]}
		}
		handle {
			log_append <color nothing
			import mainstay_says 503 "Nothing is deployed here" "There is no release yet."
		}
	}
	import mainstay_errors
}

(mainstay_preview) {
	# FLAGS GREEN BLUE: the color that is asked for, else the one that is not shown
	import mainstay_flags {args[0]}
	@alive path /.mainstay/alive
	@asks_green header X-Mainstay-Color green
	@asks_blue header X-Mainstay-Color blue
	@asks header X-Mainstay-Color *
	route {
		import mainstay_opening
		handle @alive {
			respond "alive"
		}
		handle @asks_green {
			import mainstay_color green {args[1]}
		}
		handle @asks_blue {
			import mainstay_color blue {args[2]}
		}
		handle @asks {
			import mainstay_says 400 "No such color" "X-Mainstay-Color: write green or blue, or leave it out."
		}
		handle @green {
			import mainstay_color blue {args[2]}
		}
		handle @blue {
			import mainstay_color green {args[1]}
		}
		handle {
			# a first release takes blue
			import mainstay_color blue {args[2]}
		}
	}
	import mainstay_errors
}

(mainstay_log) {
	# FILE: no header and no query, because they may hold secrets; whoever reads it for the watch is of its group
	log {
		output file {args[0]} {
			mode 0640
			roll_size 100MiB
			roll_keep 5
		}
		format filter {
			wrap json
			fields {
				request>headers delete
				request>uri regexp \\?.* ""
				resp_headers delete
			}
		}
	}
}
"""
