# SPDX-License-Identifier: MIT
#
# Completion for bash: `source tools/ccprime-completion.bash`. The commands and options are those of --help.
_ccprime() {
	local word=${COMP_WORDS[COMP_CWORD]} help=${COMP_WORDS[0]} words

	if ((COMP_CWORD > 1)); then
		words=$("$help" "${COMP_WORDS[1]}" --help 2>/dev/null | grep -o -- '--[a-z-]*' | sort -u)
	else
		words=$("$help" --help 2>/dev/null | sed -n 's/^    \([a-z]\{1,\}\) .*/\1/p')
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _ccprime ccprime ./ccprime
