#!/bin/bash
# Completion of ralex-stack by click's protocol. Unlike click's own script, this one takes words
# with a colon or an equals sign as one: `tier:cheap`, `network.gateway_port=4400`.

_ralex_stack_completion() {
    local IFS=$'\n' words=() word glue="" last cut="" type value
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ ${#words[@]} -gt 0 && ( -n $glue || $word =~ ^[:=]+$ ) ]]; then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        [[ $word =~ ^[:=]+$ ]] && glue=yes || glue=""
    done
    last=${words[${#words[@]}-1]}
    word=${COMP_WORDS[COMP_CWORD]}
    # What readline holds for a word of its own is not completed, so not repeated either.
    [[ $word =~ ^[:=]+$ ]] && cut=$last || cut=${last%"$word"}

    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir | file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$cut"}") ;;
        esac
    done < <(env COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) \
        _RALEX_STACK_COMPLETE=bash_complete "$1")
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace
    fi
}

complete -o nosort -F _ralex_stack_completion ralex-stack
